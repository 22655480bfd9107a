// users.h - who the user is, on the host and in the container.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"

struct users {
    char *home;           // where it is in the container; NULL: the image's own
    char *passwd, *group; // texts of these files; NULL: the image's own
};

// Find out where the plan has the home. 0, or -1 after failed(); users_free()
// in any case.
int users_find_home(const struct container *plan, struct users *users);

// Make the files, if the plan has them made. Before the user namespace is made:
// in it, the caller's groups are seen as nobody's. They name root, nobody, the
// container's user and group, and the caller's further groups, whom the host
// may have to be asked for. 0, or -1 after failed().
int users_make_files(const struct container *plan, struct users *users);
void users_free(struct users *users);
#define cleanup_users __attribute__((cleanup(users_free)))

// The name of the user who runs this: $USER, else as the host knows it, else
// "charlie". The caller frees; NULL after failed().
char *users_name(void);
