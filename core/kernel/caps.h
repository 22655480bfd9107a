// caps.h - what this process may do beyond an ordinary user.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// May this process mount in its mount namespace (CAP_SYS_ADMIN, effective in
// its user namespace; see capabilities(7))?
bool caps_may_mount(void);
