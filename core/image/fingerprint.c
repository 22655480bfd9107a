// fingerprint.c - which tree is it?
// SPDX-License-Identifier: MIT
#include "core/image/fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/inventory.h"
#include "core/image/source.h"

enum { DEPTH_MAX = 1000 }; // directories in each other, and descriptors

// --- by stat(2)

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Whatever order the file system has them in.
static int list_names(int dir, struct strlist *names)
{
    DIR *list = fdopendir(dir);
    struct dirent *entry;
    int status = 0;

    if (list == NULL) {
        close(dir);
        return failed(errno, "can't list a directory of the image");
    }
    while (status == 0 && (entry = readdir(list)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = strlist_add(names, entry->d_name);
    closedir(list);
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return status;
}

// An overlay makes directories anew with each mount, and podman adds links and
// empty files to mount on: of these, only what they are counts.
static bool has_data(mode_t mode, off_t size)
{
    return !S_ISDIR(mode) && !S_ISLNK(mode) && (!S_ISREG(mode) || size > 0);
}

static void add_stat(struct hash *hash, const char *name, const struct stat *st)
{
    uint64_t numbers[] = { st->st_mode, st->st_uid, st->st_gid, st->st_rdev,
                           has_data(st->st_mode, st->st_size) };
    uint64_t of_file[] = {
        (uint64_t)st->st_ino,         (uint64_t)st->st_size,
        (uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
        (uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec
    };

    hash_add(hash, name, strlen(name) + 1);
    hash_add(hash, numbers, sizeof numbers);
    if (has_data(st->st_mode, st->st_size))
        hash_add(hash, of_file, sizeof of_file);
}

static int add_entry(struct hash *hash, int dir, const char *name,
                     struct stat *st)
{
    cleanup_free char *target = NULL;

    if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) < 0)
        return failed(errno, "can't stat %s in the image", name);
    add_stat(hash, name, st);
    if (!S_ISLNK(st->st_mode))
        return 0;
    target = fs_readlink(dir, name);
    if (target == NULL)
        return failed(errno, "can't read the link %s in the image", name);
    hash_add(hash, target, strlen(target) + 1);
    return 0;
}

// The descriptor is taken over.
// NOLINTNEXTLINE(misc-no-recursion): as deep as DEPTH_MAX
static int add_directory(struct hash *hash, int fd, int depth)
{
    cleanup_strlist struct strlist names = { 0 };
    cleanup_close int dir = fd;
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (copy < 0 || depth > DEPTH_MAX)
        return failed(copy < 0 ? errno : ELOOP,
                      "can't read a directory of the image");
    if (list_names(copy, &names) < 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        struct stat st;
        int below;

        if (add_entry(hash, dir, name, &st) < 0)
            return -1;
        if (!S_ISDIR(st.st_mode))
            continue;
        below =
            openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0)
            return failed(errno, "can't open %s in the image", name);
        if (add_directory(hash, below, depth + 1) < 0)
            return -1;
    }
    hash_add(hash, "", 1); // here it ends
    return 0;
}

int tree_fingerprint(int dir, struct digest *fingerprint)
{
    struct hash hash;
    struct stat st;
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (copy < 0 || fstat(copy, &st) < 0) {
        scope_close(&copy);
        return failed(errno, "can't open the image's root");
    }
    hash_begin_sha256(&hash);
    add_stat(&hash, "", &st);
    if (add_directory(&hash, copy, 0) < 0)
        return -1;
    hash_end(&hash, fingerprint);
    return 0;
}

// --- by what is in it

static void add_text(struct hash *hash, const char *text)
{
    hash_add(hash, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    hash_add(hash, "", 1);
}

static void add_item(struct hash *hash, const struct inventory_item *item)
{
    const struct inventory_file *file = item->file;
    uint64_t numbers[] = { file->mode, file->uid, file->gid, file->device,
                           file->size };
    uint64_t times[] = { (uint64_t)file->mtime.tv_sec,
                         (uint64_t)file->mtime.tv_nsec };

    add_text(hash, item->path);
    add_text(hash, item->target);
    add_text(hash, item->same_as);
    hash_add(hash, numbers, sizeof numbers);
    if (has_data(file->mode, (off_t)file->size))
        hash_add(hash, times, sizeof times);
    if (S_ISREG(file->mode))
        hash_add(hash, file->content, sizeof file->content);
    for (size_t i = 0; i < file->xattrs.count; i++)
        add_text(hash, file->xattrs.items[i]);
    hash_add(hash, "", 1);
}

int tree_digest(const char *path, struct digest *digest)
{
    static const struct strlist nothing;
    const struct inventory_options options = { .contents = true,
                                               .converted = true,
                                               .xattrs = true };
    struct format_place place = { 0 };
    struct source source = { .place = &place,
                             .xattrs = true,
                             .exclude = &nothing,
                             .as_is = true,
                             .fd = -1,
                             .again = -1 };
    struct image_reader *reader = NULL;
    struct inventory *inventory = NULL;
    struct inventory_item item;
    struct hash hash;

    if (format_find(path, "dir", true, &place) == 0 &&
        source_open(&source) == 0)
        reader = source_read(&source);
    if (reader != NULL)
        inventory = inventory_read(reader, &options);
    if (inventory != NULL) {
        hash_begin_sha256(&hash);
        while (inventory_next(inventory, &item))
            add_item(&hash, &item);
        hash_end(&hash, digest);
    }
    image_reader_close(&reader);
    source_close(&source);
    format_place_free(&place);
    inventory_free(inventory);
    return inventory != NULL ? 0 : -1;
}
