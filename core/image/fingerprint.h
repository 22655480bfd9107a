// fingerprint.h - which tree is it? Quickly, and for good.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/digest.h"

// By what stat(2) tells of each file, among it the inode's number and the time
// of its last change: nobody can set that, so the same fingerprint is the same
// tree on this host, unread. Another one may be the same tree all the same. 0,
// or -1 after failed().
int tree_fingerprint(int dir, struct digest *fingerprint);

// By what is in it, whichever host has it: paths, types, permissions, owners,
// times and contents, but for times of what has none: directories, links and
// empty files, which are made anew to mount on. 0, or -1 after failed().
int tree_digest(const char *path, struct digest *digest);
