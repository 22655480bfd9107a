// filter_newer.c - system calls that a filter is too old to know.
//
// A few instructions before those of libseccomp, which load again what they
// look at. Numbers are compared on the native architecture only, where they
// grow with the versions of the kernel.
// SPDX-License-Identifier: MIT
#include "core/kernel/filter_newer.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

#define OTHER_NUMBERS 0x40000000u // those of x32 begin there, asm/unistd.h

// -1: it names none.
static int highest_number(const struct filter *filter)
{
    int highest = -1;

    for (size_t i = 0; i < filter->rule_count; i++)
        for (const char *const *name = filter->rules[i].names;
             name != NULL && *name != NULL; name++) {
            int number = seccomp_syscall_resolve_name(*name);

            if (number > highest)
                highest = number;
        }
    return highest;
}

int filter_newer_are_missing(const struct filter *filter,
                             struct filter_program *program)
{
    int highest = highest_number(filter);
    const struct sock_filter head[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (unsigned)highest, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    char *code;

    if (highest < 0 ||
        program->size / sizeof *head + sizeof head / sizeof *head >
            BPF_MAXINSNS)
        return 0;
    code = malloc(sizeof head + program->size);
    if (code == NULL)
        return failed(errno, "no memory for the filter");
    memcpy(code, head, sizeof head);
    memcpy(code + sizeof head, program->code, program->size);
    free(program->code);
    program->code = code;
    program->size += sizeof head;
    return 0;
}
