// ns.h - enter new namespaces, and say why when the node does not allow it.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// unshare(2) with CLONE_NEW* flags. 0, or -1 after failed() with the cause
// and its remedy where one can be told (user_namespaces(7)).
int ns_unshare(int flags);

// Why unshare(CLONE_NEWUSER) gave "errnum" on this node, and what mends it:
// one sentence, in static memory, "" when nothing is known. Looks at sysctl
// settings, the process's root directory and its seccomp mode.
const char *ns_user_hint(int errnum);

// A descriptor of this process's own namespace; "type" is a name in
// /proc/PID/ns ("user", "mnt"). -1 after failed().
int ns_open(const char *type);

// The same in a root directory that may lack /proc, which is "proc" instead
// (O_PATH). -1 with errno.
int ns_open_at(int proc, const char *type);

// Enter the namespace that the descriptor stands for (setns(2)). Entering a
// user namespace gives all privileges in it; entering a mount namespace makes
// its root the working directory. 0, or -1 with errno.
int ns_enter(int fd);

// The CLONE_NEW* flag of a name in /proc/PID/ns ("mnt", "pid"); 0: it is none.
// And the other way round, NULL: none.
int ns_flag(const char *type);
const char *ns_type(int flag);

// Open the namespace at "path", which must be of this kind. -1 after failed().
int ns_open_path(const char *path, int flag);

// The identity of this process's own namespace, as stat(2) tells namespaces
// apart. 0, or -1 after failed().
int ns_identity(const char *type, dev_t *device, ino_t *inode);
