// members.h - what an archive of blobs holds, and where.
//
// An image's archive ("docker save", "skopeo copy ... oci-archive:") is a tar
// of few and large files. Its table is read once, and what is wanted is then
// read in its place: nothing is unpacked.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct members;

struct member {
    uint64_t offset; // in the file
    uint64_t size;
};

// Could a member of this name be part of an image's archive? No tree of a
// system's has files of such names only.
bool member_may_be(const char *path);

// Read the table of an archive that is not compressed; the descriptor stays
// the caller's. NULL without failed(): it holds something else, or is no
// archive; NULL after failed(). *other tells which.
struct members *members_read(int fd, bool *other);

// By a clean path (path.h); links within the archive are followed. False:
// there is no such file.
bool members_find(const struct members *members, const char *path,
                  struct member *member);

void members_free(struct members *members);
