// users.c - who the user is, on the host and in the container.
//
// The host's own files are not shown in the container: they may be of another
// libc's taste, and would name users whose ids are not mapped.
// SPDX-License-Identifier: MIT
#include "core/run/users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/str.h"

#define NOBODY 65534

// A name goes into a line of fields between colons.
static bool fits_field(const char *name)
{
    return name != NULL && name[0] != '\0' && strpbrk(name, ":\n/") == NULL &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

// The account of "uid" on the host. $USER is believed for the caller's own id
// only.
static const char *name_of(uid_t uid, const char **gecos)
{
    // cppcheck-suppress getpwuidCalled ; there is one thread here
    const struct passwd *account = getpwuid(uid);
    const char *user = getenv("USER");

    *gecos = "";
    if (account != NULL && fits_field(account->pw_name)) {
        if (account->pw_gecos != NULL &&
            strpbrk(account->pw_gecos, ":\n") == NULL)
            *gecos = account->pw_gecos;
        return account->pw_name;
    }
    if (uid == geteuid() && fits_field(user))
        return user;
    *gecos = "Charlie";
    return "charlie";
}

const char *users_name(void)
{
    const char *user = getenv("USER");
    const char *gecos;

    return fits_field(user) ? user : name_of(geteuid(), &gecos);
}

char *users_passwd(uid_t uid, gid_t gid)
{
    const char *gecos;
    const char *name = name_of(uid, &gecos);

    return str_printf(
        "%s%s%s:x:%u:%u:%s:/:/bin/sh\n",
        uid == 0 ? "" : "root:x:0:0:root:/root:/bin/sh\n",
        uid == NOBODY ? "" : "nobody:x:65534:65534:nobody:/:/bin/false\n", name,
        uid, gid, gecos);
}

char *users_group(uid_t uid, gid_t gid)
{
    // cppcheck-suppress getgrgidCalled ; there is one thread here
    const struct group *group = getgrgid(gid);
    const char *name = "charliegroup";

    (void)uid; // one signature for both files
    if (group != NULL && fits_field(group->gr_name))
        name = group->gr_name;
    return str_printf("%s%s%s:x:%u:\n", gid == 0 ? "" : "root:x:0:\n",
                      gid == NOBODY ? "" : "nogroup:x:65534:\n", name, gid);
}
