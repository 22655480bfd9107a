// opt.h - command line options from one table.
//
// The table is the only place an option is written down: it drives parsing,
// --help, the shell completion and the check that the man page names it.
//
//     static const struct opt options[] = {
//         { 'c', "cd", "DIR", "initial directory", OPT_STR(struct args, cd) },
//         { 'w', "write", NULL, "mount rw", OPT_FLAG(struct args, rw) },
//         OPT_END,
//     };
//
// As in GNU programs: -c DIR, -cDIR, --cd=DIR, --cd DIR, and a long name may be
// cut short as long as it stays the only one. An optional argument must be
// attached: -W10%, --write-fake=10%. "--" ends the options.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

enum opt_kind {
    OPT_KIND_END,
    OPT_KIND_FLAG,   // bool
    OPT_KIND_COUNT,  // int: how often it was given
    OPT_KIND_STR,    // const char *, borrowed from argv
    OPT_KIND_LIST,   // struct strlist: one more string each time
    OPT_KIND_INT,    // int, decimal
    OPT_KIND_SIZE,   // uint64_t, bytes: 4096, 64K, 2M, 1G
    OPT_KIND_CALL,   // the applet's own: 0, or -1 after failed()
    OPT_KIND_ANSWER, // opt.c's own: --help and its like
};

struct opt_spec;

struct opt {
    char short_name; // 0: only a long name
    const char *long_name;
    const char *arg;      // NULL: takes none; "[X]": optional; "X": required
    const char *help;     // NULL: not shown
    const char *fallback; // OPT_STR: the value when an optional one is left out
    // An abbreviation that fits another option means that one: scripts are
    // older than this option.
    bool later;
    enum opt_kind kind;
    size_t offset; // of the field in the applet's args
    int (*call)(void *args, const char *value); // value is NULL when left out
    void (*answer)(const struct opt_spec *spec, const char *program);
};

struct opt_spec {
    const char *usage; // one line, without the program name
    // A command of the program, "" for itself: --help begins as that of other
    // OCI runtimes does then, with "about". NULL: as that of all other programs
    // here.
    const char *title;
    const char *about; // what it does, a sentence for --help; may be NULL
    const struct opt *table;
    // Options of several commands, whose fields are in a struct that the args
    // begin with; may be NULL.
    const struct opt *common;
    // An option that is not known is warned of and left out, as callers are
    // newer than this program.
    bool lenient;
    void (*version)(void); // prints it, if it is more than the usual line
    void (*more)(void);    // prints what --help has at its end, or NULL
    // The operand, counted from 1, at which the options end: what follows are
    // somebody else's. 1: the first, as OCI runtimes do; 2: the second, as in
    // "IMAGE COMMAND"; 0: options may stand anywhere.
    int in_order;
};

// opt_parse() has answered --help or its like; the caller returns 0.
#define OPT_ANSWERED (-2)

// The _Generic makes a field of the wrong type a compile error.
#define OPT_FIELD_(T, f, type) _Generic(((T *)0)->f, type : offsetof(T, f))
#define OPT_FLAG(T, f) .kind = OPT_KIND_FLAG, .offset = OPT_FIELD_(T, f, bool)
#define OPT_COUNT(T, f) .kind = OPT_KIND_COUNT, .offset = OPT_FIELD_(T, f, int)
#define OPT_INT(T, f) .kind = OPT_KIND_INT, .offset = OPT_FIELD_(T, f, int)
#define OPT_SIZE(T, f) \
    .kind = OPT_KIND_SIZE, .offset = OPT_FIELD_(T, f, uint64_t)
#define OPT_STR(T, f) \
    .kind = OPT_KIND_STR, .offset = OPT_FIELD_(T, f, const char *)
#define OPT_LIST(T, f) \
    .kind = OPT_KIND_LIST, .offset = OPT_FIELD_(T, f, struct strlist)
#define OPT_CALL(fn) .kind = OPT_KIND_CALL, .call = (fn)
#define OPT_END              \
    {                        \
        .kind = OPT_KIND_END \
    }

// Fill *args from argv, whose words are put in order: options, then operands,
// without the "--". Returns the index of the first operand (argc if there is
// none); -1 after failed(); OPT_ANSWERED.
//
// Besides the table's own, every program has -?, --help, --usage, -V and
// --version.
int opt_parse(const struct opt_spec *spec, int argc, char **argv, void *args);

// What --help prints.
void opt_help(const struct opt_spec *spec, const char *program);

// The option, hidden, that prints all names of options on one line, "=" behind
// those that demand an argument: what the shell completion is made of.
#define OPT_WORDS "complete-words"
