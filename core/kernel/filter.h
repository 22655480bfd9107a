// filter.h - a filter of system calls as a container's configuration has it.
//
// In two steps, for what can be wrong with a filter is to be told before the
// container is started, while it takes effect at the very end: compiled, and
// installed.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/fields.h"

struct filter_argument {
    uint32_t index; // 0 to 5
    uint64_t value, second;
    int comparison; // a number of filter_comparisons
};

struct filter_rule {
    const char *const *names; // of system calls
    int action;               // a number of filter_actions
    struct maybe errnum;
    const struct filter_argument *arguments; // all of them must hold
    size_t argument_count;
};

struct filter {
    int action; // of all other system calls
    struct maybe errnum;
    const char *const *architectures; // "SCMP_ARCH_X86", besides the native one
    const char *const *flags;         // "SECCOMP_FILTER_FLAG_LOG"
    const struct filter_rule *rules;
    size_t rule_count;
    const char *listener; // path of his socket, where an action is to notify
    const char *metadata; // for him, or NULL
    bool names_must_be_known; // else a rule of an unknown name is left out
};

// The words of configurations ("SCMP_ACT_ERRNO", "SCMP_CMP_EQ"), which a NULL
// ends.
extern const struct choice filter_actions[];
extern const struct choice filter_comparisons[];
extern const char *const filter_flags[];

// Does a call wait for what a listener says?
bool filter_notifies(const struct filter *filter);

struct filter_program {
    void *code; // struct sock_filter
    size_t size;
    unsigned flags; // SECCOMP_FILTER_FLAG_*
};

// 0, or -1 after failed(). filter_free() in any case.
int filter_compile(const struct filter *filter, struct filter_program *program);
void filter_free(struct filter_program *program);

// For this process and all that come from it, for good. Needs no_new_privs or
// CAP_SYS_ADMIN. If it notifies, *listener becomes the descriptor that tells of
// it. 0, or -1 after failed().
int filter_install(const struct filter_program *program, int *listener);
