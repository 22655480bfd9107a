// mountinfo.h - what is mounted where, as the kernel tells it.
//
// Nothing here touches a mounted file system: a mount whose server has died
// or hangs is read about like any other.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mountinfo_entry {
    int id;                // of the mount, as mountinfo_id() has it
    int parent;            // of the mount that it is mounted on
    unsigned major, minor; // st_dev of the files
    const char *root;      // what of the file system is mounted there
    const char *dir;       // where it is mounted, as this process sees it
    const char *type;      // "ext4", "fuse.NAME"
    const char *source;    // a device, an image; whatever the mounter said
    const char *options;   // of the file system, separated by commas
};

// The mounts of this process's namespace, oldest first.
struct mountinfo {
    struct mountinfo_entry *entries;
    size_t count;
    char *text; // what the entries point into
};

// Read /proc/self/mountinfo. 0, or -1 after failed(); mountinfo_free() may be
// called in both cases.
int mountinfo_read(struct mountinfo *mounts);

// The same from a text in the format of proc_pid_mountinfo(5), which it takes
// over and changes. Lines that are not of this format are left out.
int mountinfo_parse(struct mountinfo *mounts, char *text);

void mountinfo_free(struct mountinfo *mounts);
#define cleanup_mountinfo __attribute__((cleanup(mountinfo_free)))

// NULL: there is none.
const struct mountinfo_entry *mountinfo_find(const struct mountinfo *mounts,
                                             int id);

// Is this one of the file system's options ("user_id=1000")?
bool mountinfo_has_option(const struct mountinfo_entry *mount,
                          const char *option);

// The first mount that is mounted on the one of this id; NULL: there is none.
const struct mountinfo_entry *mountinfo_on(const struct mountinfo *mounts,
                                           int id);

// The id of the mount that a descriptor's file is in; O_PATH is enough. -1
// with errno.
int mountinfo_id(int fd);

// A number in a file of /proc/PID/fdinfo, by its key ("mnt_id"). -1 with
// errno, ENODATA when the file has no such line.
int mountinfo_fdinfo(const char *path, const char *key);

// A number that is another one when anything has been mounted or unmounted
// meanwhile in this process's namespace, or when it is another namespace. 0, or
// -1 after failed().
int mountinfo_state(uint64_t *state);
