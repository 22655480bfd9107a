// staged.h - the images that a user has brought to this node, for his jobs.
//
// A folder of the user's own in a place that all can write to. Each image has
// its SHA-256 for a name, and a lock: who holds it, together with others, keeps
// the image; who lets go of it last removes the image. A lock goes with its
// process, so what a killed job has left is found by the next.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/sha256.h"

#define STAGED_HEX (2 * SHA256_DIGEST_SIZE + 1)

// Where in the folder DIR/ch-stage-UID: a file, or with "unpacked" a directory.
// The caller frees; NULL after failed().
char *staged_path(const char *dir, const char *hex, bool unpacked);

// Where it is brought by the job, to be taken from there. Likewise.
char *staged_part(const char *dir, const char *hex, const char *job);

// The SHA-256 of what the open file holds, from its beginning. 0, or -1 after
// failed().
int staged_hash(int fd, const char *path, char hex[STAGED_HEX]);

// The folder, open, made if it is missing; what nobody keeps in it is removed.
// -1 after failed().
int staged_open(const char *dir);

// It is closed, and removed if it is empty.
void staged_close(const char *dir, int folder);

// Keep the image, be it there yet or not, until staged_release(). A descriptor,
// or -1 after failed(), ENOENT: the folder was removed meanwhile.
int staged_keep(int folder, const char *hex);

// Is it there?
bool staged_has(int folder, const char *hex, bool unpacked);

// Take what was brought, if its bytes are those of the name. 0, or -1 after
// failed(); what was brought is gone in any case.
int staged_take(const char *dir, const char *hex, bool unpacked,
                const char *job);

// Keep it no longer, and remove it if nobody does.
void staged_release(int folder, const char *hex, int kept);
