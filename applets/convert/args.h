// args.h - the command line of ch-convert while it is read.
//
// The option table is in applets/ch_convert.c; what is more than to set a field
// stands in the file of this folder that its topic names: args.c has what is
// read of options, and one file each what the command may be asked to do.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/convert.h"
#include "core/image/examine.h"

struct args {
    struct conversion plan;
    const char *in_format, *out_format;
    const char *clean;
    const char *storage;   // of images by name
    const char *temporary; // for scripts: nothing temporary is made
    char *codec;
    bool list, info, diff, verify;
    bool json;
    bool times;       // --diff compares them
    unsigned ignored; // bits of kinds that it does not
    bool dry_run;
    bool no_xattrs;
    bool quiet;
    int verbosity;
};

// Options: to struct args the value that was given. 0, or -1 after failed().
int convert_set_add(void *p, const char *value);
int convert_set_codec(void *p, const char *value);
int convert_set_ignore(void *p, const char *value);
int convert_set_mtime(void *p, const char *value);
int convert_set_owner(void *p, const char *value);
int convert_set_self(void *p, const char *value);
int convert_set_sort(void *p, const char *value);
int convert_set_threads(void *p, const char *value);

// What the environment adds. 0, or -1 after failed().
int convert_set_environment(struct args *args);

// How the place is to be looked at by this command line.
struct examination convert_examination(const struct args *args,
                                       const struct format_place *place);

// What the command does: the exit status, or -1 after failed(). The places that
// they need are in the plan.
int convert_make(const struct args *args);
int convert_info(const struct args *args);
int convert_list(const struct args *args);
int convert_diff(const struct args *args);
int convert_verify(const struct args *args);

// A line of JSON. 0, or -1 after failed().
int convert_print_json(const struct json *value);

// The bit of a kind of differences by its name; 0: there is none.
unsigned convert_diff_bit(const char *name);
