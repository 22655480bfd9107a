// habit.c - which processes want to know more of files than their names.
// SPDX-License-Identifier: MIT
#include "core/fuse/habit.h"

static struct habit *habit_of(struct habits *habits, pid_t pid)
{
    return &habits->table[(unsigned)pid % HABITS];
}

void habits_init(struct habits *habits)
{
    *habits = (struct habits){ 0 };
    pthread_mutex_init(&habits->lock, NULL);
}

void habits_destroy(struct habits *habits)
{
    pthread_mutex_destroy(&habits->lock);
}

bool habit_lists(struct habits *habits, pid_t pid, uint64_t dir)
{
    struct habit *habit = habit_of(habits, pid);
    bool looks;

    pthread_mutex_lock(&habits->lock);
    if (habit->pid != pid)
        *habit = (struct habit){ .pid = pid };
    habit->dir = dir;
    looks = habit->looks;
    pthread_mutex_unlock(&habits->lock);
    return looks;
}

void habit_looks(struct habits *habits, pid_t pid, uint64_t dir)
{
    struct habit *habit = habit_of(habits, pid);

    pthread_mutex_lock(&habits->lock);
    if (habit->pid == pid && habit->dir == dir)
        habit->looks = true;
    pthread_mutex_unlock(&habits->lock);
}
