// home.h - the home directory of a user of the container.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

// Set $HOME to what /etc/passwd of this root says of the user, "/" if it knows
// him not. 0, or -1 after failed().
int home_set(uid_t uid);
