// str.h - strings: made, compared, split, turned into numbers.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// printf into new memory that the caller frees; NULL after failed().
char *str_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

// strdup and strndup; NULL after failed().
char *str_dup(const char *s);
char *str_ndup(const char *s, size_t length);

// FNV-1a: tells texts apart that nobody has made to look alike.
uint64_t str_hash(const void *bytes, size_t size);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

// Decimal, whole string, no sign, no blanks. 0, or -1 without failed(): the
// caller knows what the number was for.
int str_to_u64(const char *s, uint64_t *n);

// Bytes: "4096", "64K", "2M", "1G", "1T" (powers of 1024, either case).
// 0, or -1 without failed().
int str_to_size(const char *s, uint64_t *bytes);

// "12 MiB", or below one "12 KiB", rounded down; in "text", which it returns.
#define STR_SIZE_TEXT 32
char *str_of_size(char text[STR_SIZE_TEXT], uint64_t bytes);

// A list of strings that it owns; always followed by a NULL, so that
// list.items serves as argv or envp once something was added.
struct strlist {
    char **items;
    size_t count;
    size_t room;
};

int strlist_add(struct strlist *list, const char *s); // copies
int strlist_take(struct strlist *list, char *s);      // takes over; frees on -1
void strlist_remove(struct strlist *list, size_t index); // order is kept
// The same strings in the same order?
bool strlist_same(const struct strlist *a, const struct strlist *b);
void strlist_free(struct strlist *list);
#define cleanup_strlist __attribute__((cleanup(strlist_free)))
