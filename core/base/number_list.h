// number_list.h - "0-3,7", as the kernel and cpuset(7) write CPUs and nodes.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

#define NUMBER_LIST_MAX 8192 // CPUs that Linux knows at most

// One bit for each number, the first in the lowest bit of the first word.
struct number_list {
    unsigned long bits[NUMBER_LIST_MAX / (8 * sizeof(unsigned long))];
    size_t count; // of numbers that are set
};

// 0, or -1 without failed() when it is not such a list, or names a number that
// is too large. An empty text is an empty list.
int number_list_read(struct number_list *list, const char *text);
