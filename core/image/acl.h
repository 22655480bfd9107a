// acl.h - access control lists, between file systems and archives.
//
// In a stream a list is an extended attribute as the kernel has it
// (linux/posix_acl_xattr.h); archives tell it in words, "SCHILY.acl.access" and
// "SCHILY.acl.default", which libarchive speaks.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/stream.h"

#define ACL_ACCESS_XATTR "system.posix_acl_access"
#define ACL_DEFAULT_XATTR "system.posix_acl_default"

enum { ACL_KINDS = 2 }; // these two

struct archive_entry;

// An extended attribute with a value of its own.
struct acl {
    const char *xattr;
    void *value;
    size_t size;
};

bool acl_is(const char *xattr);

// Tell the list in an archive's entry. What is no list is left out.
void acl_to_archive(const struct image_xattr *xattr, struct archive_entry *to);

// Add the lists of an archive's entry to "lists", which is empty; the caller
// frees their values, also after failed(). Those that name users by names alone
// are left out. With the one for access the group's bits of a mode are its mask
// (acl(5)): *mode is made so. How many, or -1 after failed().
int acl_from_archive(struct archive_entry *from, struct acl lists[ACL_KINDS],
                     mode_t *mode);
