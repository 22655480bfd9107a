// memory.c - how much memory there is to be had.
//
// Of a control group the limit counts, not what is left of it: most of what it
// has taken is the page cache of files, which gives way.
// SPDX-License-Identifier: MIT
#include "core/kernel/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define TEXT_MAX (64 << 10) // bytes of a file of /proc or of a control group

// Both hierarchies that a node may have, cgroups(7).
static const struct {
    const char *line; // begins so in /proc/self/cgroup, after its number
    const char *top;
    const char *file;
} hierarchies[] = {
    { "::/", "/sys/fs/cgroup", "memory.max" },
    { ":memory:/", "/sys/fs/cgroup/memory", "memory.limit_in_bytes" },
};

// It is no error that a kernel or an outer container lacks the file.
static char *read_text(const char *path)
{
    char *text = fs_read(AT_FDCWD, path, TEXT_MAX, NULL);

    if (text == NULL)
        err_clear();
    return text;
}

static uint64_t machine(void)
{
    static const char key[] = "MemAvailable:";
    cleanup_free char *text = read_text("/proc/meminfo");
    const char *found = text != NULL ? strstr(text, key) : NULL;

    return found != NULL ? strtoull(found + strlen(key), NULL, 10) << 10 : 0;
}

// UINT64_MAX: none.
static uint64_t limit_of(const char *top, const char *group, const char *file)
{
    cleanup_free char *path = str_printf("%s%s/%s", top, group, file);
    cleanup_free char *text = path != NULL ? read_text(path) : NULL;
    char *end;
    uint64_t limit;

    if (text == NULL)
        return UINT64_MAX;
    limit = strtoull(text, &end, 10); // "max" is no number
    return end != text ? limit : UINT64_MAX;
}

// The lowest limit of the group and of those above it; "group" is changed.
static uint64_t lowest(const char *top, char *group, const char *file)
{
    uint64_t limit = UINT64_MAX;
    char *slash;

    do {
        uint64_t one = limit_of(top, group, file);

        limit = one < limit ? one : limit;
        slash = strrchr(group, '/');
        if (slash != NULL)
            *slash = '\0';
    } while (slash != NULL);
    return limit;
}

static uint64_t control_groups(void)
{
    cleanup_free char *text = read_text("/proc/self/cgroup");
    uint64_t limit = UINT64_MAX;
    char *save = NULL;

    if (text == NULL)
        return limit;
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char *rest = line + strspn(line, "0123456789");

        for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
            uint64_t one;

            if (!str_starts(rest, hierarchies[i].line))
                continue;
            // from the "/" on
            rest += strlen(hierarchies[i].line) - 1;
            one = lowest(hierarchies[i].top, rest, hierarchies[i].file);
            limit = one < limit ? one : limit;
            break;
        }
    }
    return limit;
}

uint64_t memory_available(void)
{
    uint64_t available = machine();
    uint64_t limit = control_groups();

    return limit < available || available == 0
               ? (limit != UINT64_MAX ? limit : 0)
               : available;
}
