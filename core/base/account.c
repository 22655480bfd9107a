// account.c - the account of a user, of whom the host may know nothing.
// SPDX-License-Identifier: MIT
#include "core/base/account.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

static int name_account(struct named *account, const char *name,
                        const char *about)
{
    account->name = str_dup(name);
    account->about = account->name == NULL ? NULL : str_dup(about);
    return account->about != NULL ? 0 : -1;
}

int account_of(unsigned uid, int64_t end, struct named *account)
{
    const char *user = uid == geteuid() ? getenv("USER") : NULL;

    *account = (struct named){ .id = uid };
    if (uid == 0) // whatever the files of a container around this one say
        return name_account(account, "root", "root");
    names_of_users(account, 1, end);
    if (account->name != NULL)
        return 0;
    if (names_is_fit(user))
        return (account->name = str_dup(user)) != NULL ? 0 : -1;
    log_step("UID %u not found; using dummy info", uid);
    return name_account(account, "charlie", "Charlie");
}

char *account_of_caller(int64_t end)
{
    const char *user = getenv("USER");
    struct named account = { 0 };
    char *name;

    if (names_is_fit(user))
        return str_dup(user);
    if (account_of(geteuid(), end, &account) < 0)
        return NULL;
    name = steal_ptr(&account.name);
    names_free(&account, 1);
    return name;
}
