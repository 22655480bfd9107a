// folder.h - where the state of containers is kept: a folder for each.
//
//     ROOT/ID/lock        held by whoever makes the container, then by the
//                         container until it executes its program
//     ROOT/ID/state.json  state.h
//     ROOT/ID/config.json as it was when the container was created
//     ROOT/ID/start       the socket of core/run/door.h
//
// A folder appears under its name locked, and disappears from there in one
// step; what a killed process leaves half made or half removed has another name
// ("@..."), which no container can have, and is swept up by whoever looks next.
// So the lock tells without doubt: while it is held, the container is being
// made, or is made and waits; once it is free, the process runs its program or
// is dead.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"

struct folder {
    int root; // O_PATH
    int dir;
    int lock;    // of a new one: held; -1: not ours
    bool others; // another user's, whom root has become
    const char *id;
};

#define FOLDER_NONE             \
    {                           \
        -1, -1, -1, false, NULL \
    }

// The directory of all: "given" (NULL: the usual place of this user), made if
// it is not there. A descriptor, or -1 after failed().
int folder_root(const char *given);

// A new folder for this id, which is borrowed. 0, or -1 after failed(); EEXIST:
// there is such a container. folder_close() in any case.
int folder_claim(struct folder *folder, const char *root, const char *id);

// The one that is there. 0, or -1 after failed(), ENOENT. Root becomes the user
// whose folder it is.
int folder_open(struct folder *folder, const char *root, const char *id);
void folder_close(struct folder *folder);
#define cleanup_folder __attribute__((cleanup(folder_close)))

// Does somebody make the container, or does it wait to be started?
bool folder_is_locked(const struct folder *folder);

// Wait until nobody does. 0, or -1 after failed().
int folder_wait_unlocked(const struct folder *folder);

// Write a file of the folder, whole or not at all. 0, or -1 after failed().
int folder_write(const struct folder *folder, const char *name,
                 const char *text);

// A file's text, which the caller frees; NULL after failed().
char *folder_read(const struct folder *folder, const char *name);

// Remove it with all in it. 0, or -1 after failed().
int folder_remove(const struct folder *folder);

// The ids of all, in alphabetical order. 0, or -1 after failed().
int folder_list(const char *root, struct strlist *ids);
