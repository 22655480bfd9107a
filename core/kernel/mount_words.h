// mount_words.h - the options of a mount, by the words that mount(8) and the
// OCI runtime specification have for them.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/str.h"

// What the words ask for, in the numbers that the system calls want.
struct mount_words {
    unsigned long flags;       // MS_* of a new file system, or a bind
    unsigned long propagation; // MS_PRIVATE and the like, with MS_REC or not
    uint64_t set, clear;       // MOUNT_ATTR_* of the mount
    uint64_t set_below, clear_below; // of it and all below it
    bool bind, bind_below;           // below: with what is mounted there
    bool remount;
    bool copy_up;                // a tmpfs begins with what it hides
    bool map_ids, map_ids_below; // idmapped
    bool source_no_follow, target_no_follow;
    bool copy_link;      // a source that is a link is not bound, but copied
    struct strlist data; // what is the file system's own
};

// Read a NULL-terminated list of words, NULL: none. A word that is not known is
// data. 0, or -1 after failed(); mount_words_free() in any case.
int mount_words_read(struct mount_words *words, const char *const *list);
void mount_words_free(struct mount_words *words);
#define cleanup_mount_words __attribute__((cleanup(mount_words_free)))

// The data as one text, without the words that begin with "without" (NULL:
// with all). The caller frees; NULL after failed().
char *mount_words_data(const struct mount_words *words, const char *without);

// The MS_* flags of a word for propagation ("rslave"); 0: there is none.
unsigned long mount_words_propagation(const char *word);

// The word of that index, in no order, for those who tell what they know; NULL:
// no more.
const char *mount_words_known(size_t index);
