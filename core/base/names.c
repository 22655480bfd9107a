// names.c - what the host calls users and groups.
// SPDX-License-Identifier: MIT
#include "core/base/names.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/helper.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define FILE_MOST (64 << 20)  // bytes of /etc/passwd or /etc/group
#define ANSWER_MOST (8 << 20) // bytes of an answer: groups list their members
#define ANSWER_MS 2000        // more than a directory service in order takes
#define ASK_MOST 256          // ids in one question
#define ID_SIZE 12            // bytes of an id in decimal

// The two kinds differ in this only: passwd(5), group(5).
struct database {
    const char *name; // as getent(1) calls it
    const char *file;
    int about; // number of the field that is kept beside the name, 0: none
};

static const struct database passwd = { "passwd", "/etc/passwd", 4 };
static const struct database group = { "group", "/etc/group", 0 };

bool names_is_fit(const char *name)
{
    return name != NULL && name[0] != '\0' && strpbrk(name, ":\n/") == NULL &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

// The number in the third field of a line; false if there is none.
static bool third_field(const char *line, unsigned long *id)
{
    const char *second = strchr(line, ':');
    const char *third = second != NULL ? strchr(second + 1, ':') : NULL;
    char *end;

    if (third == NULL || third[1] < '0' || third[1] > '9')
        return false;
    *id = strtoul(third + 1, &end, 10);
    return *end == ':' || *end == '\0';
}

// Take name and more from a line of the database, which is changed.
static void take(const struct database *from, char *line, struct named *one)
{
    const char *name = strsep(&line, ":");
    const char *about = NULL;

    if (!names_is_fit(name))
        return;
    for (int i = 1; i <= from->about; i++)
        about = strsep(&line, ":");
    one->name = strdup(name);
    one->about = about == NULL ? NULL : strdup(about);
}

static size_t count_unnamed(const struct named *list, size_t count)
{
    size_t unnamed = 0;

    for (size_t i = 0; i < count; i++)
        unnamed += list[i].name == NULL;
    return unnamed;
}

// Names for those who have none yet; the first line with an id counts.
static void find_in(const struct database *from, char *text, struct named *list,
                    size_t count)
{
    size_t left = count_unnamed(list, count);
    char *line;

    while (left > 0 && (line = strsep(&text, "\n")) != NULL) {
        unsigned long id;

        if (!third_field(line, &id))
            continue;
        for (size_t i = 0; i < count; i++)
            if (list[i].id == id && list[i].name == NULL) {
                take(from, line, &list[i]);
                left -= list[i].name != NULL;
                break;
            }
    }
}

// "getent DATABASE ID...", for those without a name. It ends with 2 when some
// are unknown, and answers for the others. NULL: there is no answer.
static char *ask(const struct database *about, const struct named *list,
                 size_t count, int64_t end)
{
    cleanup_free char(*ids)[ID_SIZE] = calloc(ASK_MOST, sizeof *ids);
    const char *argv[2 + ASK_MOST + 1] = { "getent", about->name };
    struct helper getent = { argv, STDOUT_FILENO, ANSWER_MOST, end };
    char *text = NULL;
    size_t n = 0;

    if (ids == NULL)
        return NULL;
    for (size_t i = 0; i < count && n < ASK_MOST; i++)
        if (list[i].name == NULL) {
            snprintf(ids[n], sizeof ids[n], "%u", list[i].id);
            argv[2 + n] = ids[n];
            n++;
        }
    log_why("asking getent for %zu of %s that %s lacks", n, about->name,
            about->file);
    if (helper_run(&getent, &text) < 0) {
        log_why("%s", err_text());
        err_clear(); // a host without it has no more names
    }
    return text;
}

static void find(const struct database *where, struct named *list, size_t count,
                 int64_t end)
{
    cleanup_free char *text = NULL;
    cleanup_free char *answer = NULL;

    if (count_unnamed(list, count) == 0)
        return;
    text = fs_read(AT_FDCWD, where->file, FILE_MOST, NULL);
    if (text == NULL)
        err_clear(); // a host without the file has no names in it
    find_in(where, text, list, count);
    if (count_unnamed(list, count) == 0)
        return;
    answer = ask(where, list, count, end);
    find_in(where, answer, list, count);
}

int64_t names_deadline(void)
{
    return helper_deadline(ANSWER_MS);
}

void names_of_users(struct named *users, size_t count, int64_t end)
{
    find(&passwd, users, count, end);
}

void names_of_groups(struct named *groups, size_t count, int64_t end)
{
    find(&group, groups, count, end);
}

void names_free(struct named *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].name);
        free(list[i].about);
    }
}
