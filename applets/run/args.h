// args.h - the command line of ch-run while it is read.
//
// The option table is in applets/ch_run.c; what an option does that is more
// than to set a field stands in the file of this folder that its topic names.
// Every such function takes struct args ("p") and the option's value (NULL when
// an optional one is left out), and returns 0, or -1 after failed().
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/run/container.h"
#include "core/run/injection.h"

#define OVERLAY_DEFAULT "12%" // of memory, for --write-fake

// One --cdi or --inject.
struct inject_request {
    bool cdi;
    const char *value;
    size_t place; // among the changes of the environment
};

struct args {
    struct container plan;
    struct bind *binds;         // plan.binds, while it grows
    struct env_change *changes; // plan.env_changes, likewise
    bool no_expand;
    struct inject_request *requests;
    size_t request_count;
    struct injection injection; // what they ask for
    const char *cdi_directories;
    bool cdi;
    int verbosity;
    int quiet;

    const char *feature; // questions: nothing is run
    const char *test;
    int warnings; // -1: not asked
    bool dry_run;
    bool json;

    bool abort_fatal;
};

// Room for one more element of an array that "count" elements of "size" bytes
// fill; the old one is gone then. NULL after failed().
void *args_grown(void *array, size_t count, size_t size);

// binds.c: what of the host is seen in the container
int args_bind(void *p, const char *value);

int args_home(void *p, const char *value);

// bind_options.c: set the target and the options of a bind from "TARGET" or
// "TARGET:OPTION,...", which is changed and borrowed. 0, or -1 after failed()
int args_bind_options(struct bind *bind, char *target);

// changes.c: where the changes of the image go; args_settle_changes() when all
// options are read
int args_write_fake(void *p, const char *value);
int args_overlay(void *p, const char *value);
int args_settle_changes(struct args *args);

// environment.c: its variables
int args_set_env(void *p, const char *value);
int args_set_env0(void *p, const char *value);
int args_unset_env(void *p, const char *value);

// inject.c: hardware support of the host
int args_cdi(void *p, const char *value);
int args_cdi_directories(void *p, const char *value);
int args_inject(void *p, const char *value);

// Having read all options: read the files that they name. 0, or -1 after
// failed().
int args_read_injections(struct args *args);

// join.c: who shares what with whom
int args_join(void *p, const char *value);
int args_join_count(void *p, const char *value);
int args_join_tag(void *p, const char *value);
int args_join_pid(void *p, const char *value);
int args_no_share(void *p, const char *value);

// Having read all options: name the group of peers. 0, or -1 after
// failed().
int args_find_peers(struct args *args);

// ids.c: who one is in it
int args_uid(void *p, const char *value);
int args_gid(void *p, const char *value);
int args_userns_range(void *p, const char *value);

// self.c: containers in the container
int args_self(void *p, const char *value);

// image.c: where the image is, and how it is shown
int args_mount(void *p, const char *value);
int args_platform(void *p, const char *value);
int args_storage(void *p, const char *value);
int args_fuse(void *p, const char *value);
int args_fuse_single(void *p, const char *value);
int args_threads(void *p, const char *value);
int args_stats(void *p, const char *value);
int args_record(void *p, const char *value);
int args_prefetch(void *p, const char *value);
bool args_is_host(const char *image);

// aids.c: questions about itself. The exit status, -1 after failed(), or
// ARGS_NO_QUESTION.
#define ARGS_NO_QUESTION (-2)
int args_answer(const struct args *args);

// verbosity.c: what is printed
int args_color(void *p, const char *value);
int args_verbose(void *p, const char *value);
int args_quiet(void *p, const char *value);
