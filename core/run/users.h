// users.h - who the user is, on the host and in the container.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// The name of the user who runs this: $USER, else as in /etc/passwd, else
// "charlie"; and where his home directory is to be in the container,
// "/home/NAME". The caller frees; NULL after failed().
char *users_name(void);
char *users_home(void);

// Text of the container's /etc/passwd and /etc/group: root, nobody and the
// container's user or group. Users known to LDAP or SSSD only are not in the
// host's files, and a static program can't ask for them: the caller's own name
// is then taken from $USER. The caller frees; NULL after failed().
char *users_passwd(uid_t uid, gid_t gid);
char *users_group(uid_t uid, gid_t gid);
