// users.c - who the user is, on the host and in the container.
//
// The host's own files are not shown in the container: they may be of another
// libc's taste, and would name users whose ids are not mapped.
//
// The caller's further groups stay what they are, but have no id in the
// container: getgroups(2) tells 65534 for each of them. With their lines here,
// "id NAME" and "groups NAME" can tell them at least.
// SPDX-License-Identifier: MIT
#include "core/run/users.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/account.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define NOBODY 65534

char *users_name(void)
{
    return account_of_caller(names_deadline());
}

static char *find_home(int64_t end)
{
    cleanup_free char *name = account_of_caller(end);

    return name == NULL ? NULL : str_printf("/home/%s", name);
}

static char *make_passwd(const struct container *plan,
                         const struct named *account)
{
    return str_printf(
        "%s%s%s:x:%u:%u:%s:/:/bin/sh\n",
        plan->uid == 0 ? "" : "root:x:0:0:root:/root:/bin/sh\n",
        plan->uid == NOBODY ? "" : "nobody:x:65534:65534:nobody:/:/bin/false\n",
        account->name, plan->uid, plan->gid,
        account->about != NULL ? account->about : "");
}

// The container's group, and the caller's further ones behind it, as far as
// they have an id that is not in the file already.
static struct named *list_groups(gid_t gid, size_t *count)
{
    int most = getgroups(0, NULL);
    cleanup_free gid_t *ids =
        calloc((size_t)(most > 0 ? most : 1), sizeof *ids);
    struct named *list =
        calloc((size_t)(most > 0 ? most : 0) + 1, sizeof *list);
    int found = ids == NULL || list == NULL ? 0 : getgroups(most, ids);

    if (ids == NULL || list == NULL) {
        free(list);
        failed(ENOMEM, "can't list the groups");
        return NULL;
    }
    list[0].id = gid;
    *count = 1;
    for (int i = 0; i < found; i++)
        if (ids[i] != gid && ids[i] != getegid() && ids[i] != 0 &&
            ids[i] != NOBODY)
            list[(*count)++].id = ids[i];
    return list;
}

static char *make_group(const struct container *plan, const char *user,
                        const struct named *list, size_t count)
{
    cleanup_free char *text = str_printf(
        "%s%s%s:x:%u:\n", plan->gid == 0 ? "" : "root:x:0:\n",
        plan->gid == NOBODY ? "" : "nogroup:x:65534:\n",
        list[0].name != NULL ? list[0].name : "charliegroup", plan->gid);

    for (size_t i = 1; i < count && text != NULL; i++) {
        char *longer;

        if (list[i].name == NULL)
            continue;
        longer =
            str_printf("%s%s:x:%u:%s\n", text, list[i].name, list[i].id, user);
        free(text);
        text = longer;
    }
    return steal_ptr(&text);
}

int users_find_home(const struct container *plan, struct users *users)
{
    if (plan->home != HOME_HOST)
        return 0;
    users->home = find_home(names_deadline());
    return users->home == NULL ? -1 : 0;
}

int users_make_files(const struct container *plan, struct users *users)
{
    int64_t end = names_deadline();
    size_t count;
    struct named account = { 0 };
    struct named *groups =
        plan->image_users ? NULL : list_groups(plan->gid, &count);

    if (plan->image_users)
        return 0;
    if (groups == NULL)
        return -1;
    if (plan->gid == 0)
        groups[0].name = str_dup("root");
    names_of_groups(groups, count, end);
    if (groups[0].name == NULL)
        log_step("GID %u not found; using dummy info", plan->gid);
    if (account_of(plan->uid, end, &account) == 0) {
        users->passwd = make_passwd(plan, &account);
        users->group = make_group(plan, account.name, groups, count);
    }
    names_free(&account, 1);
    names_free(groups, count);
    free(groups);
    return users->passwd == NULL || users->group == NULL ? -1 : 0;
}

void users_free(struct users *users)
{
    free(users->home);
    free(users->passwd);
    free(users->group);
    *users = (struct users){ 0 };
}
