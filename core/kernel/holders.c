// holders.c - which processes keep a mount busy.
//
// A process is known by the mount ids of what it holds, as /proc shows them
// for descriptors. So files need not be named, let alone be asked for their
// device, which would wait for ever when the server of the mount hangs. Only
// mapped files show no mount id, but their device.
// SPDX-License-Identifier: MIT
#include "core/kernel/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#define COMM_MAX 256   // bytes; names of kernel threads may exceed the usual 15
#define DEVICE_SIZE 20 // bytes of "MAJOR:MINOR " of 32 bits each
#define PATH_SIZE 320  // "/proc/PID/fdinfo/" and a name of 255 bytes

static bool link_is_in(const char *path, const struct mountinfo_entry *mount)
{
    // of a magic link, so nothing but the mount and the entry is looked at
    cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

    return fd >= 0 && mountinfo_id(fd) == mount->id;
}

static bool has_open(pid_t pid, const struct mountinfo_entry *mount)
{
    char path[PATH_SIZE];
    const struct dirent *entry;
    bool found = false;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fdinfo", (int)pid);
    dir = opendir(path);
    if (dir == NULL)
        return false;
    while (!found && (entry = readdir(dir)) != NULL) {
        snprintf(path, sizeof path, "/proc/%d/fdinfo/%s", (int)pid,
                 entry->d_name);
        found = entry->d_name[0] != '.' &&
                mountinfo_fdinfo(path, "mnt_id") == mount->id;
    }
    closedir(dir);
    return found;
}

// Lines of proc_pid_maps(5): "ADDRESS PERMISSIONS OFFSET MAJOR:MINOR INODE",
// the device in hexadecimal digits, two of each number at least.
static bool line_maps(const char *line, const char *device)
{
    for (int i = 0; i < 3; i++) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
    }
    return strncmp(line, device, strlen(device)) == 0;
}

static bool has_mapped(pid_t pid, const struct mountinfo_entry *mount)
{
    char path[PATH_SIZE];
    char device[DEVICE_SIZE];
    cleanup_free char *line = NULL;
    size_t size = 0;
    bool found = false;
    FILE *maps;

    snprintf(device, sizeof device, "%02x:%02x ", mount->major, mount->minor);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    maps = fopen(path, "re");
    if (maps == NULL)
        return false;
    while (!found && getline(&line, &size, maps) >= 0)
        found = line_maps(line, device);
    fclose(maps);
    return found;
}

// How a process holds the mount; NULL: not, or it can't be looked into.
static const char *how_held(pid_t pid, const struct mountinfo_entry *mount)
{
    static const struct {
        const char *link, *how;
    } links[] = {
        { "cwd", "has its working directory there" },
        { "root", "has its root directory there" },
        { "exe", "is a program from there" },
    };
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, links[i].link);
        if (link_is_in(path, mount))
            return links[i].how;
    }
    if (has_open(pid, mount))
        return "has a file open there";
    return has_mapped(pid, mount) ? "has a file mapped from there" : NULL;
}

static void read_name(pid_t pid, char name[HOLDER_NAME_SIZE])
{
    char path[PATH_SIZE];
    cleanup_free char *comm = NULL;

    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    comm = fs_read(AT_FDCWD, path, COMM_MAX, NULL);
    if (comm == NULL)
        err_clear(); // it ended meanwhile
    snprintf(name, HOLDER_NAME_SIZE, "%s", comm ? comm : "?");
    name[strcspn(name, "\n")] = '\0';
}

size_t holders_find(const struct mountinfo_entry *mount, struct holder *first)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    *first = (struct holder){ 0 };
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        const char *how = pid > 0 ? how_held(pid, mount) : NULL;

        if (how == NULL)
            continue;
        count++;
        if (first->how == NULL || first->pid == getpid())
            *first = (struct holder){ .pid = pid, .how = how };
    }
    if (proc != NULL)
        closedir(proc);
    if (count > 0)
        read_name(first->pid, first->name);
    return count;
}
