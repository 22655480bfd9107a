// user_namespace.h - the user namespace of a container.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// Enter a new user namespace, in which the caller has these ids, and with it
// new ones of the kinds that "more" (CLONE_NEW*) names. 0, or -1 after
// failed().
int user_namespace_enter(uid_t uid, gid_t gid, int more);

// The same with, besides, all ids that the administrator lends to the caller
// (mapper.h). setgroups(2) is allowed in it.
int user_namespace_enter_ranges(uid_t uid, gid_t gid, int more);
