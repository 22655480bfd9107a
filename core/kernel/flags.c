// flags.c - what bits of a system call are called, for -v -v -v.
// SPDX-License-Identifier: MIT
#include "core/kernel/flags.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

struct flag {
    unsigned long bit;
    const char *name;
};

#define FLAG(bit) \
    {             \
        bit, #bit \
    } // so that no name is misspelt

static const struct flag mount_flags[] = {
    FLAG(MS_RDONLY),     FLAG(MS_NOSUID),   FLAG(MS_NODEV), FLAG(MS_NOEXEC),
    FLAG(MS_REMOUNT),    FLAG(MS_NOATIME),  FLAG(MS_BIND),  FLAG(MS_MOVE),
    FLAG(MS_REC),        FLAG(MS_PRIVATE),  FLAG(MS_SLAVE), FLAG(MS_NODIRATIME),
    FLAG(MS_UNBINDABLE), FLAG(MS_RELATIME), { 0, NULL },
};

static const struct flag clone_flags[] = {
    FLAG(CLONE_NEWUSER),   FLAG(CLONE_NEWNS),  FLAG(CLONE_NEWPID),
    FLAG(CLONE_NEWNET),    FLAG(CLONE_NEWIPC), FLAG(CLONE_NEWUTS),
    FLAG(CLONE_NEWCGROUP), { 0, NULL },
};

static const char *show(char text[FLAGS_TEXT], unsigned long flags,
                        const struct flag *names)
{
    size_t length = 0;

    text[0] = '\0';
    for (; names->name != NULL; names++)
        if ((flags & names->bit) != 0) {
            snprintf(text + length, FLAGS_TEXT - length, "%s%s",
                     length > 0 ? "|" : "", names->name);
            length = strlen(text);
            flags &= ~names->bit;
        }
    if (flags != 0 || length == 0)
        snprintf(text + length, FLAGS_TEXT - length, "%s%#lx",
                 length > 0 ? "|" : "", flags);
    return text;
}

const char *flags_mount(char text[FLAGS_TEXT], unsigned long flags)
{
    return show(text, flags, mount_flags);
}

const char *flags_clone(char text[FLAGS_TEXT], unsigned long flags)
{
    return show(text, flags, clone_flags);
}
