// mountinfo.c - what is mounted where, as the kernel tells it.
//
// The format is proc_pid_mountinfo(5):
//   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root
//   rw,errors=continue
// Blanks, newlines and backslashes within a field are written as \ooo.
// SPDX-License-Identifier: MIT
#include "core/kernel/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define TABLE_MAX (256 << 20) // bytes; 100,000 mounts with the longest paths
#ifndef SYS_listmount
#define SYS_listmount 458 // the same on every architecture; Linux 6.8
#endif
#define ALL_MOUNTS UINT64_MAX // LSMT_ROOT
#define LISTED 1024           // mounts that are told by their ids alone

#define FDINFO_MAX (1 << 20) // bytes; some files list locks or watches

// Fields before the one that is "-", and those after it.
enum { FIELD_ID, FIELD_PARENT, FIELD_DEVICE, FIELD_ROOT, FIELD_DIR, FIXED };
enum { FIELD_TYPE, FIELD_SOURCE, FIELD_OPTIONS, AFTER };

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

// In place: the text only gets shorter.
static char *unescape(char *field)
{
    char *to = field;

    for (const char *from = field; *from != '\0'; to++) {
        if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
            is_octal(from[3])) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
                         (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
    return field;
}

// The next "count" fields of a line, which are separated by one blank each and
// may be empty. False if there are fewer.
static bool take_fields(char **line, char **fields, int count)
{
    for (int i = 0; i < count; i++) {
        fields[i] = strsep(line, " ");
        if (fields[i] == NULL)
            return false;
    }
    return true;
}

static bool parse_line(char *line, struct mountinfo_entry *entry)
{
    char *before[FIXED];
    char *after[AFTER];
    char *separator;
    char *minor;

    if (!take_fields(&line, before, FIXED))
        return false;
    // flags of the mount, and any number of optional fields
    do
        separator = strsep(&line, " ");
    while (separator != NULL && strcmp(separator, "-") != 0);
    if (separator == NULL || !take_fields(&line, after, AFTER))
        return false;
    entry->major = (unsigned)strtoul(before[FIELD_DEVICE], &minor, 10);
    if (*minor != ':')
        return false;
    entry->minor = (unsigned)strtoul(minor + 1, NULL, 10);
    entry->id = (int)strtol(before[FIELD_ID], NULL, 10);
    entry->parent = (int)strtol(before[FIELD_PARENT], NULL, 10);
    entry->root = unescape(before[FIELD_ROOT]);
    entry->dir = unescape(before[FIELD_DIR]);
    entry->type = unescape(after[FIELD_TYPE]);
    entry->source = unescape(after[FIELD_SOURCE]);
    entry->options = unescape(after[FIELD_OPTIONS]);
    return true;
}

static size_t count_lines(const char *text)
{
    size_t count = 1;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

int mountinfo_parse(struct mountinfo *mounts, char *text)
{
    char *rest = text;
    char *line;

    *mounts = (struct mountinfo){ .text = text };
    mounts->entries = calloc(count_lines(text), sizeof *mounts->entries);
    if (mounts->entries == NULL)
        return failed(errno, "can't read the table of mounts");
    while ((line = strsep(&rest, "\n")) != NULL)
        if (parse_line(line, &mounts->entries[mounts->count]))
            mounts->count++;
    return 0;
}

int mountinfo_read(struct mountinfo *mounts)
{
    char *text = fs_read(AT_FDCWD, "/proc/self/mountinfo", TABLE_MAX, NULL);

    *mounts = (struct mountinfo){ 0 };
    return text != NULL ? mountinfo_parse(mounts, text) : -1;
}

void mountinfo_free(struct mountinfo *mounts)
{
    free(mounts->entries);
    free(mounts->text);
    *mounts = (struct mountinfo){ 0 };
}

const struct mountinfo_entry *mountinfo_find(const struct mountinfo *mounts,
                                             int id)
{
    for (size_t i = 0; i < mounts->count; i++)
        if (mounts->entries[i].id == id)
            return &mounts->entries[i];
    return NULL;
}

const struct mountinfo_entry *mountinfo_on(const struct mountinfo *mounts,
                                           int id)
{
    for (size_t i = 0; i < mounts->count; i++)
        if (mounts->entries[i].parent == id && mounts->entries[i].id != id)
            return &mounts->entries[i];
    return NULL;
}

bool mountinfo_has_option(const struct mountinfo_entry *mount,
                          const char *option)
{
    size_t length = strlen(option);

    for (const char *at = mount->options; at != NULL;
         at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, option, length) == 0 &&
            (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

int mountinfo_fdinfo(const char *path, const char *key)
{
    cleanup_free char *text = fs_read(AT_FDCWD, path, FDINFO_MAX, NULL);
    size_t length = strlen(key);

    if (text == NULL) {
        errno = err_num();
        err_clear();
        return -1;
    }
    for (const char *line = text; line != NULL && *line != '\0';
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return (int)strtol(line + length + 1, NULL, 10);
    errno = ENODATA;
    return -1;
}

int mountinfo_id(int fd)
{
    char path[sizeof "/proc/self/fdinfo/" + 3 * sizeof fd];

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    return mountinfo_fdinfo(path, "mnt_id");
}

// From linux/mount.h, MNT_ID_REQ_SIZE_VER0.
struct request {
    uint32_t size, spare;
    uint64_t mount, after;
};

// The kernel gives no id twice.
int mountinfo_state(uint64_t *state)
{
    struct request request = { .size = sizeof request, .mount = ALL_MOUNTS };
    cleanup_free uint64_t *ids = malloc(LISTED * sizeof *ids);
    long n =
        ids == NULL ? -1 : syscall(SYS_listmount, &request, ids, LISTED, 0);
    cleanup_free char *text = NULL;
    size_t size;

    if (n > 0 && n < LISTED) {
        *state = str_hash(ids, (size_t)n * sizeof *ids);
        return 0;
    }
    // an older kernel, or a filter that does not know the call
    text = fs_read(AT_FDCWD, "/proc/self/mountinfo", TABLE_MAX, &size);
    if (text == NULL)
        return -1;
    *state = str_hash(text, size);
    return 0;
}
