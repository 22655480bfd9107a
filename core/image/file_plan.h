// file_plan.h - what is to become of a file that was opened for writing.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/image/budget.h"
#include "core/image/stream.h"

#define CAPABILITY_XATTR "security.capability"

struct file_plan {
    int fd;
    uint64_t id;
    uint64_t size;
    mode_t mode; // at the end
    struct timespec mtime;
    bool has_owner; // else it stays whose it is
    uid_t uid;
    gid_t gid;
    // Set last of all, since the kernel takes capabilities away from a file
    // that is written to. 24 bytes: struct vfs_ns_cap_data of
    // linux/capability.h
    char capability[24];
    size_t capability_size; // 0: none
};

// May the chunk be written, within the budget? 0, or -1 after failed().
int file_plan_check(const struct file_plan *plan,
                    const struct image_chunk *chunk, struct budget *budget);

// Write it. 0, or -1 after failed().
int file_plan_write(const struct file_plan *plan,
                    const struct image_chunk *chunk,
                    const struct budget *budget);

// All that comes after the data, whose end was reached, or else is a hole. 0,
// or -1 after failed().
int file_plan_end(const struct file_plan *plan, bool reached);
