// listing.c - the list of one directory, read once and checked.
//
// libsquashfuse reads the entries one by one. What it does not check: names
// may be as long as 64 KiB, may hold slashes and NULs, and the entries of a run
// may go on behind the directory's end.
// SPDX-License-Identifier: MIT
#include "core/squash/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/squash/image.h"

enum {
    // A name has 1 to 256 bytes (the kernel's SQUASHFS_NAME_LEN), a run of
    // entries with one header at most 256 (SQUASHFS_DIR_COUNT).
    NAME_MOST = 256,
    RUN_MOST = 256,
    // The library writes a name of any length that the format can say.
    NAME_BUFFER = UINT16_MAX + 2,
    // Some million entries. An image that says more wants to fill the memory.
    LISTING_MOST = 128 << 20,
};

// What the arrays of a listing have room for.
struct room {
    size_t entries;
    size_t names;
    size_t names_used;
};

// Make room for one more entry. 0, or -1 with ENOMEM.
static int grow(struct squash_dir *dir, struct room *room)
{
    if (dir->count == room->entries) {
        size_t more = room->entries == 0 ? 16 : room->entries * 2;
        void *entries = reallocarray(dir->entries, more, sizeof *dir->entries);

        if (entries == NULL)
            return -1;
        dir->entries = entries;
        room->entries = more;
    }
    if (room->names - room->names_used <= NAME_MOST) {
        size_t more = room->names == 0 ? 1024 : room->names * 2;
        char *names = realloc(dir->names, more);

        if (names == NULL)
            return -1;
        dir->names = names;
        room->names = more;
    }
    return 0;
}

static int add(struct squash_dir *dir, struct room *room,
               const sqfs_dir_entry *found)
{
    size_t length = found->name_size;
    char *name;

    if (grow(dir, room) < 0)
        return -1;
    name = dir->names + room->names_used;
    memcpy(name, found->name, length);
    name[length] = '\0';
    if (dir->count > 0 &&
        strcmp(dir->names + dir->entries[dir->count - 1].name, name) >= 0)
        dir->sorted = false;
    dir->entries[dir->count++] =
        (struct listed){ .id = found->inode & 0xffffffffffff,
                         .type = (sqfs_mode(found->type) & S_IFMT) >> 12,
                         .ino = found->inode_number,
                         .name = (uint32_t)room->names_used };
    room->names_used += length + 1;
    return 0;
}

static bool is_sane(const sqfs_dir *at, const sqfs_dir_entry *found)
{
    return at->offset <= at->total && at->header.count < RUN_MOST &&
           found->name_size <= NAME_MOST &&
           memchr(found->name, '/', found->name_size) == NULL &&
           memchr(found->name, '\0', found->name_size) == NULL;
}

static int read_entries(struct squash *image, sqfs_dir *at,
                        struct squash_dir *dir)
{
    char name[NAME_BUFFER]; // of which little is ever touched
    struct room room = { 0 };
    sqfs_dir_entry found;
    sqfs_err err;

    sqfs_dentry_init(&found, name);
    while (sqfs_dir_next(&image->format, at, &found, &err)) {
        if (!is_sane(at, &found)) {
            errno = EIO;
            return -1;
        }
        if (add(dir, &room, &found) < 0)
            return -1;
    }
    dir->bytes = sizeof *dir + room.entries * sizeof *dir->entries + room.names;
    if (err == SQFS_OK)
        return 0;
    errno = EIO;
    return -1;
}

struct squash_dir *listing_read(struct squash *image, uint64_t id)
{
    struct sqfs_inode inode;
    struct squash_dir *dir;
    sqfs_dir at;

    if (image_inode(image, id, &inode) < 0)
        return NULL;
    if (!S_ISDIR(inode.base.mode)) {
        errno = ENOTDIR;
        return NULL;
    }
    if (sqfs_dir_open(&image->format, &inode, &at, 0) != SQFS_OK ||
        at.total > LISTING_MOST) {
        errno = EIO;
        return NULL;
    }
    dir = calloc(1, sizeof *dir);
    if (dir == NULL)
        return NULL;
    dir->id = id;
    dir->ino = inode.base.inode_number;
    dir->parent_ino = inode.xtra.dir.parent_inode;
    dir->sorted = true;
    if (read_entries(image, &at, dir) == 0)
        return dir;
    listing_free(dir);
    return NULL;
}

void listing_free(struct squash_dir *dir)
{
    int saved = errno;

    free(dir->entries);
    free(dir->names);
    free(dir);
    errno = saved;
}

int64_t listing_find(const struct squash_dir *dir, const char *name)
{
    uint32_t low = 0, high = dir->count;

    for (uint32_t i = 0; !dir->sorted && i < dir->count; i++) {
        if (strcmp(name, dir->names + dir->entries[i].name) == 0)
            return i;
    }
    while (low < high && dir->sorted) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(name, dir->names + dir->entries[middle].name);

        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}
