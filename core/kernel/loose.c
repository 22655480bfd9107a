// loose.c - file systems that are mounted nowhere yet.
//
// By fsopen(2) and its companions. Their constants are from linux/mount.h,
// which can't be included beside sys/mount.h and which old headers lack.
// SPDX-License-Identifier: MIT
#include "core/kernel/loose.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/scope.h"

// The same on every architecture.
#ifndef SYS_fsopen
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif

enum {
    CLOSE_ON_EXEC = 1, // FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC
    SET_STRING = 1,    // FSCONFIG_SET_STRING
    CREATE = 6,        // FSCONFIG_CMD_CREATE
    SET_FLAG = 0,      // FSCONFIG_SET_FLAG
    READ_ONLY = 0x1,   // MOUNT_ATTR_RDONLY
    NO_SETUID = 0x2,   // MOUNT_ATTR_NOSUID
    NO_DEVICES = 0x4,  // MOUNT_ATTR_NODEV
    EMPTY_PATHS = 0x44 // MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH
};

static int open_type(const char *type)
{
    log_call("fsopen(%s)", type);
    return (int)syscall(SYS_fsopen, type, CLOSE_ON_EXEC);
}

static int set(int fs, const char *key, const char *value)
{
    log_call("fsconfig(%s, %s)", key, value);
    return (int)syscall(SYS_fsconfig, fs, SET_STRING, key, value, 0);
}

static int set_number(int fs, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    return set(fs, key, text);
}

static int mount_it(int fs, unsigned attributes)
{
    log_call("fsmount(fd %d, %#x)", fs, attributes | NO_SETUID | NO_DEVICES);
    if (syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, fs, CLOSE_ON_EXEC,
                        attributes | NO_SETUID | NO_DEVICES);
}

int loose_tmpfs(uint64_t bytes, uint64_t files)
{
    cleanup_close int fs = open_type("tmpfs");

    if (fs < 0 || set(fs, "mode", "0755") < 0 ||
        set_number(fs, "size", bytes) < 0 ||
        set_number(fs, "nr_inodes", files) < 0)
        return -1;
    return mount_it(fs, 0);
}

int loose_squashfs(const char *device)
{
    cleanup_close int fs = open_type("squashfs");

    if (fs < 0 || set(fs, "source", device) < 0 ||
        syscall(SYS_fsconfig, fs, SET_FLAG, "ro", NULL, 0) < 0)
        return -1;
    return mount_it(fs, READ_ONLY);
}

int loose_attach(int loose, int target)
{
    log_call("move_mount(fd %d, fd %d)", loose, target);
    return (int)syscall(SYS_move_mount, loose, "", target, "", EMPTY_PATHS);
}
