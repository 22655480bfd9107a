// ns.h - enter new namespaces, and say why when the node does not allow it.
// SPDX-License-Identifier: MIT
#pragma once

// unshare(2) with CLONE_NEW* flags. 0, or -1 after failed() with the cause
// and its remedy where one can be told (user_namespaces(7)).
int ns_unshare(int flags);

// Why unshare(CLONE_NEWUSER) gave "errnum" on this node, and what mends it:
// one sentence, in static memory, "" when nothing is known. Looks at sysctl
// settings, the process's root directory and its seccomp mode.
const char *ns_user_hint(int errnum);
