// bench_work.h - what is done with the files below a directory to see how fast
// they are read.
// SPDX-License-Identifier: MIT
#pragma once

#include <limits.h>
#include <stdint.h>

// What there is.
struct bench_tree {
    uint64_t entries; // files and directories
    uint64_t files;   // regular ones
    uint64_t bytes;   // in these
    uint64_t largest_size;
    char largest[PATH_MAX]; // the largest file, below the directory
};

// What was done, and how long it took.
struct bench_time {
    double seconds;
    uint64_t count; // entries, files or reads
    uint64_t bytes;
};

struct bench_job {
    const char *dir;
    const char *file;    // the largest one, below it
    uint64_t file_bytes; // its size
    uint64_t most;       // bytes to be read
};

enum bench_work {
    BENCH_STAT,       // the attributes of all
    BENCH_READ,       // all files, one after the other
    BENCH_SEQUENTIAL, // the largest file
    BENCH_RANDOM,     // pieces of it
    BENCH_WORKS
};

extern const char *const bench_work_names[BENCH_WORKS];

// Both: 0, or -1 after failed().
int bench_survey(const char *dir, struct bench_tree *tree);
int bench_do(enum bench_work work, const struct bench_job *job,
             struct bench_time *time);
