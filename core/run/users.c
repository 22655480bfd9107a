// users.c - who the user is, on the host and in the container.
//
// The host's own files are not shown in the container: they may be of another
// libc's taste, and would name users whose ids are not mapped.
// SPDX-License-Identifier: MIT
#include "core/run/users.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define NOBODY 65534
#define FILE_MOST (64 << 20) // bytes of /etc/passwd or /etc/group

// Fields of a line, as far as they matter (passwd(5), group(5)).
enum { NAME, GECOS = 4, FIELDS };

// A name goes into a line of fields between colons.
static bool fits_field(const char *name)
{
    return name != NULL && name[0] != '\0' && strpbrk(name, ":\n/") == NULL &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool third_field_is(const char *line, unsigned id)
{
    const char *second = strchr(line, ':');
    const char *third = second != NULL ? strchr(second + 1, ':') : NULL;
    char *end;

    return third != NULL && strtoul(third + 1, &end, 10) == id &&
           end != third + 1 && (*end == ':' || *end == '\0');
}

// The line of /etc/passwd or /etc/group with this id, of which "fields" becomes
// the list; NULL-terminated. The caller frees the line; NULL if there is none.
// getpwuid(3) and getgrgid(3) would take as long as making a mount namespace.
static char *find_line(const char *file, unsigned id, char *fields[FIELDS + 1])
{
    cleanup_free char *text = fs_read(AT_FDCWD, file, FILE_MOST, NULL);
    char *rest = text;
    char *line;

    if (text == NULL)
        err_clear(); // a host without the file has no names
    do
        line = strsep(&rest, "\n");
    while (line != NULL && !third_field_is(line, id));
    line = line == NULL ? NULL : strdup(line);
    rest = line;
    for (int i = 0; i <= FIELDS; i++)
        fields[i] = i < FIELDS ? strsep(&rest, ":") : NULL;
    return line;
}

// The account of "uid" on the host. $USER is believed for the caller's own id
// only. Both strings are the caller's; NULL after failed().
static char *name_of(uid_t uid, char **gecos)
{
    char *fields[FIELDS + 1];
    cleanup_free char *line = find_line("/etc/passwd", uid, fields);
    const char *name = fields[NAME];
    const char *about = fields[GECOS];

    if (line == NULL || !fits_field(name)) {
        about = "";
        name = uid == geteuid() ? getenv("USER") : NULL;
    }
    if (!fits_field(name)) {
        about = "Charlie";
        name = "charlie";
    }
    *gecos = str_dup(about != NULL ? about : "");
    return *gecos == NULL ? NULL : str_dup(name);
}

char *users_name(void)
{
    const char *user = getenv("USER");
    cleanup_free char *gecos = NULL;

    return fits_field(user) ? str_dup(user) : name_of(geteuid(), &gecos);
}

char *users_home(void)
{
    cleanup_free char *name = users_name();

    return name == NULL ? NULL : str_printf("/home/%s", name);
}

char *users_passwd(uid_t uid, gid_t gid)
{
    cleanup_free char *gecos = NULL;
    cleanup_free char *name = name_of(uid, &gecos);

    if (name == NULL)
        return NULL;
    return str_printf(
        "%s%s%s:x:%u:%u:%s:/:/bin/sh\n",
        uid == 0 ? "" : "root:x:0:0:root:/root:/bin/sh\n",
        uid == NOBODY ? "" : "nobody:x:65534:65534:nobody:/:/bin/false\n", name,
        uid, gid, gecos);
}

char *users_group(uid_t uid, gid_t gid)
{
    char *fields[FIELDS + 1];
    cleanup_free char *line = find_line("/etc/group", gid, fields);
    bool known = line != NULL && fits_field(fields[NAME]);

    (void)uid; // one signature for both files
    return str_printf("%s%s%s:x:%u:\n", gid == 0 ? "" : "root:x:0:\n",
                      gid == NOBODY ? "" : "nogroup:x:65534:\n",
                      known ? fields[NAME] : "charliegroup", gid);
}
