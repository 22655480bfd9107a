// image_user.h - the user that an image's configuration names, by number.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

struct image_user {
    unsigned uid, gid;
};

// "USER" or "USER:GROUP", each by name or number, in the image's own
// /etc/passwd and /etc/group, of which these are the texts, or NULL. Without a
// group it is the user's (OCI's image-spec, config.md, "User"). False: one of
// them is not known there.
bool image_user_find(const char *user, const char *passwd, const char *group,
                     struct image_user *found);
