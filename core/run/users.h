// users.h - who the user is, on the host and in the container.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// The name of the user who runs this: as in /etc/passwd, else $USER (users
// known to LDAP or SSSD only are not in the file, and a static program can't
// ask for them), else "charlie". Borrowed, for the life of the process.
const char *users_name(void);

// Text of the container's /etc/passwd and /etc/group: root, nobody and the
// container's user or group. The caller frees; NULL after failed().
char *users_passwd(uid_t uid, gid_t gid);
char *users_group(uid_t uid, gid_t gid);
