// habit.h - which processes want to know more of files than their names.
//
// A listing can bring the attributes of the files along. Whoever stats or opens
// each file (tar, du, ls -l) is spared a request for each. Whoever wants names
// only (find -name, a shell's *, Python's importer) pays for inodes that nobody
// looks at: listing is then several times slower. It cannot be known before,
// but a process that did it in one directory does it in the next.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { HABITS = 64 };

struct habit {
    pid_t pid;
    bool looks;   // at files of the directories that it lists
    uint64_t dir; // that it listed last
};

struct habits {
    pthread_mutex_t lock;
    struct habit table[HABITS]; // by pid; a later one takes the place over
};

void habits_init(struct habits *habits);
void habits_destroy(struct habits *habits);

// The process lists a directory: should its files come with attributes?
bool habit_lists(struct habits *habits, pid_t pid, uint64_t dir);

// The process looks at a file in a directory.
void habit_looks(struct habits *habits, pid_t pid, uint64_t dir);
