// file_write.h - the contents of files, written by several threads.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/image/budget.h"
#include "core/image/stream.h"

struct file_writers;

#define CAPABILITY_XATTR "security.capability"

// What is to become of a file that was opened for writing.
struct file_plan {
    int fd; // taken over
    uint64_t id;
    uint64_t size;
    mode_t mode; // at the end
    struct timespec mtime;
    // Set last of all, since the kernel takes capabilities away from a file
    // that is written to. 24 bytes: struct vfs_ns_cap_data of linux/capability.h
    char capability[24];
    size_t capability_size; // 0: none
};

// Of readers whose "parts" is set, data are fetched by at most so many threads;
// 0: as many as this process has CPUs. They are started when they are needed.
// NULL after failed().
struct file_writers *file_writers_new(unsigned threads, struct budget *budget);

// Write the file, or see to it that it is written. 0, or -1 after failed(),
// perhaps because of an earlier file.
int file_write(struct file_writers *writers, const struct file_plan *plan,
               struct image_reader *reader);

// Wait until all is written. 0, or -1 after failed().
int file_writers_finish(struct file_writers *writers);

void file_writers_free(struct file_writers *writers);
