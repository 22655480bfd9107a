// resctrl.c - shares of caches and of memory's bandwidth, by the kernel's
// resctrl file system.
// SPDX-License-Identifier: MIT
#include "core/kernel/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mountinfo.h"

#define SCHEMATA "schemata"
#define SCHEMATA_MAX (1 << 20) // bytes

int resctrl_open(void)
{
    cleanup_mountinfo struct mountinfo mounts = { 0 };

    if (mountinfo_read(&mounts) < 0)
        return -1;
    for (size_t i = 0; i < mounts.count; i++) {
        const struct mountinfo_entry *mount = &mounts.entries[i];
        int fd;

        if (strcmp(mount->type, "resctrl") != 0)
            continue;
        fd = open(mount->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd >= 0 ? fd : failed(errno, "can't open %s", mount->dir);
    }
    return failed(0, "no resctrl file system is mounted");
}

int resctrl_group(int resctrl, const char *name)
{
    return openat(resctrl, strcmp(name, "/") == 0 ? "." : name,
                  O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// --- comparing lines: "NAME:ID=VALUE;ID=VALUE"

// The values of the line with that name; NULL: the text has none.
static const char *find_line(const char *text, const char *name, size_t length)
{
    while (text != NULL && *text != '\0') {
        text += strspn(text, " \t\n");
        if (strncmp(text, name, length) == 0 && text[length] == ':')
            return text + length + 1;
        text = strchr(text, '\n');
    }
    return NULL;
}

// One "ID=VALUE", both as numbers, since the kernel writes zeros in front of
// them and people do not; false: there is no more.
static bool next_value(const char **at, unsigned long *id,
                       unsigned long long *value)
{
    char *end;

    *at += strspn(*at, "; \t");
    if (**at < '0' || **at > '9')
        return false;
    *id = strtoul(*at, &end, 10);
    if (*end != '=')
        return false;
    *value = strtoull(end + 1, &end, 16);
    *at = end;
    return true;
}

static bool holds(const char *values, unsigned long id,
                  unsigned long long value)
{
    unsigned long other;
    unsigned long long there;

    while (next_value(&values, &other, &there))
        if (other == id)
            return there == value;
    return false;
}

static bool is_in(const char *text, const char *line)
{
    size_t length = strcspn(line, ":");
    const char *there = find_line(text, line, length);
    const char *wanted = line + length + (line[length] == ':' ? 1 : 0);
    unsigned long long value;
    unsigned long id;

    if (there == NULL)
        return false;
    while (next_value(&wanted, &id, &value))
        if (!holds(there, id, value))
            return false;
    return true;
}

int resctrl_has(int group, const char *line)
{
    cleanup_free char *text = fs_read(group, SCHEMATA, SCHEMATA_MAX, NULL);

    return text == NULL ? -1 : is_in(text, line);
}

// --- changes

// In one write(2), of what is there.
static int poke(int group, const char *file, const char *text)
{
    cleanup_close int fd = openat(group, file, O_WRONLY | O_CLOEXEC);
    size_t length = strlen(text);

    if (fd < 0)
        return -1;
    return write(fd, text, length) == (ssize_t)length ? 0 : -1;
}

int resctrl_set(int group, const char *line)
{
    // a line that does not end is an error (EINVAL)
    cleanup_free char *text = str_printf("%s\n", line);

    if (text == NULL) {
        errno = ENOMEM;
        return -1;
    }
    return poke(group, SCHEMATA, text);
}

int resctrl_enter(int group, pid_t pid)
{
    char text[16];

    snprintf(text, sizeof text, "%d", (int)pid);
    return poke(group, "tasks", text);
}
