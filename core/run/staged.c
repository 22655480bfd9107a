// staged.c - the images that a user has brought to this node, for his jobs.
// SPDX-License-Identifier: MIT
#include "core/run/staged.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/convert.h"
#include "core/image/sha256.h"
#include "core/image/tree.h"
#include "core/kernel/lock.h"

#define CHUNK (1 << 20) // bytes read at a time
#define LOCK ".lock"
#define PART ".part-" // and the job's number

static char *folder_path(const char *dir)
{
    return str_printf("%s/ch-stage-%u", dir, (unsigned)geteuid());
}

char *staged_path(const char *dir, const char *hex, bool unpacked)
{
    return str_printf("%s/ch-stage-%u/%s%s", dir, (unsigned)geteuid(), hex,
                      unpacked ? ".dir" : "");
}

char *staged_part(const char *dir, const char *hex, const char *job)
{
    return str_printf("%s/ch-stage-%u/%s" PART "%s", dir, (unsigned)geteuid(),
                      hex, job);
}

static void to_hex(const uint8_t digest[SHA256_DIGEST_SIZE],
                   char hex[STAGED_HEX])
{
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

int staged_hash(int fd, const char *path, char hex[STAGED_HEX])
{
    cleanup_free char *bytes = malloc(CHUNK);
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx state;
    off_t at = 0;
    ssize_t n = 0;

    if (bytes == NULL)
        return failed(errno, "can't read %s", path);
    sha256_start(&state);
    while ((n = pread(fd, bytes, CHUNK, at)) > 0) {
        sha256_take(&state, bytes, (size_t)n);
        at += n;
    }
    if (n < 0)
        return failed(errno, "can't read %s", path);
    sha256_give(&state, digest);
    to_hex(digest, hex);
    return 0;
}

// Other names could mean the folder itself, or what it stands in.
static bool is_sum(const char *hex)
{
    return strlen(hex) == STAGED_HEX - 1 &&
           strspn(hex, "0123456789abcdef") == STAGED_HEX - 1;
}

static void lock_name(const char *hex, char name[NAME_MAX + 1])
{
    snprintf(name, NAME_MAX + 1, "%s" LOCK, hex);
}

// The image, or what is named for it, also what is still unpacked (output.h).
static bool is_part_of(const char *name, const char *hex)
{
    return strncmp(name + (name[0] == '.'), hex, strlen(hex)) == 0;
}

// All that belongs to the image, its lock last, as until then nobody may keep
// it.
static void remove_image(int folder, const char *hex)
{
    char lock[NAME_MAX + 1];
    struct dirent *entry;
    DIR *list = fdopendir(openat(folder, ".", O_RDONLY | O_CLOEXEC));

    lock_name(hex, lock);
    while (list != NULL && (entry = readdir(list)) != NULL)
        if (is_part_of(entry->d_name, hex) &&
            strcmp(entry->d_name, lock) != 0 &&
            tree_remove(folder, entry->d_name) < 0)
            log_warn("%s stays: %s", entry->d_name, strerror(errno));
    if (list != NULL)
        closedir(list);
    unlinkat(folder, lock, 0);
}

// Has somebody else removed the file since it was opened?
static bool is_gone(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static void remove_if_free(int folder, const char *hex)
{
    char name[NAME_MAX + 1];
    cleanup_close int fd = -1;

    if (!is_sum(hex))
        return;
    lock_name(hex, name);
    fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && lock_try(fd, true) == 0 && !is_gone(fd))
        remove_image(folder, hex);
}

// What killed jobs have left.
static void sweep(int folder)
{
    struct dirent *entry;
    DIR *list = fdopendir(openat(folder, ".", O_RDONLY | O_CLOEXEC));

    while (list != NULL && (entry = readdir(list)) != NULL) {
        cleanup_free char *hex = NULL;

        if (!str_ends(entry->d_name, LOCK))
            continue;
        hex = str_ndup(entry->d_name, strlen(entry->d_name) - strlen(LOCK));
        if (hex != NULL)
            remove_if_free(folder, hex);
    }
    if (list != NULL)
        closedir(list);
    err_clear();
}

// Others can write to the place: is it the user's own, and nobody else's?
static int check_owner(int folder, const char *path)
{
    struct stat st;

    if (fstat(folder, &st) < 0)
        return failed(errno, "can't look at %s", path);
    if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return failed(0,
                      "%s is not yours alone: remove it, or choose another "
                      "place by --dir",
                      path);
    return 0;
}

int staged_open(const char *dir)
{
    cleanup_free char *path = folder_path(dir);
    cleanup_close int folder = -1;

    if (path == NULL)
        return -1;
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return failed(errno, "can't make %s", path);
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return failed(errno, "can't open %s", path);
    if (check_owner(folder, path) < 0)
        return -1;
    sweep(folder);
    return steal_fd(&folder);
}

void staged_close(const char *dir, int folder)
{
    cleanup_free char *path = folder_path(dir);

    close(folder);
    if (path != NULL)
        rmdir(path);
}

int staged_keep(int folder, const char *hex)
{
    char name[NAME_MAX + 1];

    if (!is_sum(hex))
        return failed(0, "not the checksum of an image: \"%s\"", hex);
    lock_name(hex, name);
    while (true) {
        cleanup_close int fd = openat(
            folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd < 0 || lock_wait(fd) < 0)
            return failed(errno, "can't lock %s", name);
        if (!is_gone(fd))
            return steal_fd(&fd);
    }
}

bool staged_has(int folder, const char *hex, bool unpacked)
{
    cleanup_free char *name = str_printf("%s%s", hex, unpacked ? ".dir" : "");
    struct stat st;

    return name != NULL && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int check(const char *part, const char *hex)
{
    cleanup_close int fd = open(part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char found[STAGED_HEX];

    if (fd < 0)
        return failed(errno, "can't open %s", part);
    if (staged_hash(fd, part, found) < 0)
        return -1;
    if (strcmp(found, hex) != 0)
        return failed(0, "%s was damaged on its way: its checksum is %s", part,
                      found);
    return 0;
}

// Another job may unpack the same image meanwhile, and be first: then it is
// there, and what runs from it already must not lose it to ours.
static int unpack_to(const char *part, const char *path)
{
    struct conversion plan = { .level = -1, .no_clobber = true };
    struct conversion_result result;
    struct stat st;
    int status = -1;

    if (format_find(part, NULL, true, &plan.in) == 0 &&
        format_find(path, "dir", false, &plan.out) == 0)
        status = convert(&plan, &result);
    format_place_free(&plan.in);
    format_place_free(&plan.out);
    if (status < 0 && lstat(path, &st) == 0) {
        log_step("%s is another's", path);
        err_clear();
        status = 0;
    }
    return status;
}

int staged_take(const char *dir, const char *hex, bool unpacked,
                const char *job)
{
    cleanup_free char *part = staged_part(dir, hex, job);
    cleanup_free char *path = staged_path(dir, hex, unpacked);
    int status = -1;

    if (part == NULL || path == NULL)
        return -1;
    if (check(part, hex) == 0)
        status = unpacked ? unpack_to(part, path) : rename(part, path);
    if (status < 0 && err_text()[0] == '\0')
        failed(errno, "can't rename %s", part);
    unlink(part);
    return status;
}

void staged_release(int folder, const char *hex, int kept)
{
    close(kept);
    remove_if_free(folder, hex);
}
