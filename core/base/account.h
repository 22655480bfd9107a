// account.h - the account of a user, of whom the host may know nothing.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/names.h"

// The account of "uid" on the host, which is asked until "end". $USER is
// believed for the caller's own id only. Whom nobody knows is Charlie. The
// strings are the caller's; 0, or -1 after failed().
int account_of(unsigned uid, int64_t end, struct named *account);

// The name of the user who runs this: $USER, else as the host knows it, else
// "charlie". The caller frees; NULL after failed().
char *account_of_caller(int64_t end);
