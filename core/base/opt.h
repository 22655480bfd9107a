// opt.h - command line options from one table.
//
// The table is the only place an option is written down: it drives parsing,
// --help and the completeness test (tests/unit/test_opt.c).
//
//     static const struct opt options[] = {
//         { 'c', "cd", "DIR", "initial directory", OPT_STR(struct args, cd) },
//         { 'w', "write", NULL, "mount rw", OPT_FLAG(struct args, rw) },
//         OPT_END,
//     };
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum opt_kind {
    OPT_KIND_END,
    OPT_KIND_FLAG, // bool
    OPT_KIND_STR,  // const char *, borrowed from argv
    OPT_KIND_INT,  // int, decimal
    OPT_KIND_CALL, // the applet's own: 0, or -1 after failed()
};

struct opt {
    char short_name; // 0: only a long name
    const char *long_name;
    const char *arg; // NULL: takes none; "[X]": optional; "X": required
    const char *help;
    const char *fallback; // OPT_STR: the value when an optional one is left out
    enum opt_kind kind;
    size_t offset; // of the field in the applet's args
    int (*call)(void *args, const char *value);
};

struct opt_spec {
    const char *usage; // one line, without the program name
    const struct opt *table;
    bool in_order; // stop at the first operand, as OCI runtimes do
};

// The _Generic makes a field of the wrong type a compile error.
#define OPT_FIELD_(T, f, type) _Generic(((T *)0)->f, type : offsetof(T, f))
#define OPT_FLAG(T, f) .kind = OPT_KIND_FLAG, .offset = OPT_FIELD_(T, f, bool)
#define OPT_INT(T, f) .kind = OPT_KIND_INT, .offset = OPT_FIELD_(T, f, int)
#define OPT_STR(T, f) \
    .kind = OPT_KIND_STR, .offset = OPT_FIELD_(T, f, const char *)
#define OPT_CALL(fn) .kind = OPT_KIND_CALL, .call = (fn)
#define OPT_END              \
    {                        \
        .kind = OPT_KIND_END \
    }

// Fill *args from argv.  Returns the index of the first operand; -1 after
// failed(); -2 if --help was answered and the caller should return 0.
int opt_parse(const struct opt_spec *spec, int argc, char **argv, void *args);

void opt_help(const struct opt_spec *spec, const char *program);
