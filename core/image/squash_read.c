// squash_read.c - a SquashFS image, read as a stream.
//
// Depth first, so that of directories only those on the way down are open.
// Files come in parts, to as many threads as want them: the blocks that they
// share are decompressed once (core/squash/reader.h).
// SPDX-License-Identifier: MIT
#include "core/image/squash_read.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/stop.h"
#include "core/image/links.h"
#include "core/squash/reader.h"

enum {
    XATTRS_MAX = 256,        // of one file
    XATTR_BYTES = 256 << 10, // all names, or all values, of one file
    LISTED = 64 << 10,       // as the kernel has it, XATTR_LIST_MAX
    SPARSE_FROM = 64 << 10,  // bytes: holes of smaller files are not looked for
};

struct level {
    struct squash_dir *dir;
    uint32_t next;      // entry
    size_t path_length; // of the directory itself
};

struct squash_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct squash *image;
    struct progress_counts *counts; // or NULL
    struct level levels[PATH_MAX / 2];
    size_t depth;
    bool begun;
    struct links links;
    char path[PATH_MAX];
    char target[PATH_MAX];
    char names[LISTED];
    char values[XATTR_BYTES];
    struct image_xattr xattrs[XATTRS_MAX];
};

static int damaged(const struct squash_reader *squash, const char *what)
{
    return failed(errno, "can't read %s of /%s", what, squash->path);
}

static int read_xattr(struct squash_reader *squash, uint64_t id,
                      const char *name, struct image_xattr *xattr, size_t *used)
{
    size_t room = sizeof squash->values - *used;
    char *value = squash->values + *used;
    ssize_t size = -1;

    if (room > 0) // 0 would ask for the length
        size = squash_get_xattr(squash->image, id, name, value, room);
    else
        errno = ERANGE;
    if (size < 0)
        return damaged(squash, "extended attributes");
    *xattr = (struct image_xattr){ name, value, (size_t)size };
    *used += (size_t)size;
    return 0;
}

static int list_xattrs(struct squash_reader *squash, uint64_t id,
                       struct image_entry *entry)
{
    size_t used = 0;
    ssize_t size;

    if (!squash_has_xattrs(squash->image))
        return 0;
    size = squash_list_xattrs(squash->image, id, squash->names,
                              sizeof squash->names);
    if (size < 0)
        return damaged(squash, "extended attributes");
    entry->xattrs = squash->xattrs;
    for (const char *name = squash->names;
         name < squash->names + size && entry->xattr_count < XATTRS_MAX;
         name += strlen(name) + 1)
        if (read_xattr(squash, id, name, &squash->xattrs[entry->xattr_count++],
                       &used) < 0)
            return -1;
    return 0;
}

static int find_holes(struct squash_reader *squash, struct image_entry *entry)
{
    struct squash_range all = { entry->id, 0, entry->size }, data;

    if (!S_ISREG(entry->mode) || entry->size < SPARSE_FROM)
        return 0;
    if (squash_find_data(squash->image, &all, &data) < 0)
        return damaged(squash, "the blocks");
    entry->sparse = data.size < entry->size;
    return 0;
}

static int fill(struct squash_reader *squash, const struct squash_node *node,
                struct image_entry *entry)
{
    const struct stat *st = &node->st;

    *entry = (struct image_entry){ .path = squash->path,
                                   .mode = st->st_mode,
                                   .uid = st->st_uid,
                                   .gid = st->st_gid,
                                   .device = st->st_rdev,
                                   .mtime = st->st_mtim,
                                   .size = (uint64_t)st->st_size,
                                   .id = node->id };
    if (links_find(&squash->links, st, squash->path, &entry->same_as) < 0)
        return -1;
    if (S_ISLNK(st->st_mode)) {
        if (squash_readlink(squash->image, node->id, squash->target,
                            sizeof squash->target) < 0)
            return damaged(squash, "the target");
        entry->target = squash->target;
    }
    if (find_holes(squash, entry) < 0)
        return -1;
    return list_xattrs(squash, node->id, entry);
}

static int enter(struct squash_reader *squash, uint64_t id)
{
    struct level *level = &squash->levels[squash->depth];

    if (squash->depth == sizeof squash->levels / sizeof *squash->levels)
        return failed(ENAMETOOLONG, "can't read %.200s...", squash->path);
    level->dir = squash_dir_open(squash->image, id);
    if (level->dir == NULL)
        return damaged(squash, "the entries");
    level->next = 0;
    level->path_length = strlen(squash->path);
    squash->depth++;
    return 0;
}

static void leave(struct squash_reader *squash)
{
    struct level *level = &squash->levels[--squash->depth];

    squash_dir_close(squash->image, level->dir);
}

// Put a name behind the path of the level's directory.
static int append(struct squash_reader *squash, const struct level *level,
                  const char *name)
{
    size_t length = level->path_length;
    size_t size = strlen(name);

    if (size == 0 || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0)
        return failed(0, "damaged: a name in /%s", squash->path);
    if (length + 1 + size >= sizeof squash->path)
        return failed(ENAMETOOLONG, "%.200s...", squash->path);
    if (length > 0)
        squash->path[length++] = '/';
    memcpy(squash->path + length, name, size + 1);
    return 0;
}

// The root directory comes first, as an entry with an empty path.
static int begin(struct squash_reader *squash, struct squash_node *node)
{
    squash->begun = true;
    if (squash_stat(squash->image, squash_root(squash->image), node) < 0)
        return damaged(squash, "the root directory");
    return 1;
}

// 1, 0 at the end, -1 after failed().
static int step(struct squash_reader *squash, struct squash_node *node)
{
    struct squash_entry found;
    struct level *level;

    if (!squash->begun)
        return begin(squash, node);
    while (squash->depth > 0) {
        level = &squash->levels[squash->depth - 1];
        if (level->next < squash_dir_count(level->dir))
            break;
        leave(squash);
    }
    if (squash->depth == 0)
        return 0;
    squash->path[level->path_length] = '\0';
    squash_dir_entry(level->dir, level->next++, &found);
    if (append(squash, level, found.name) < 0)
        return -1;
    if (squash_stat(squash->image, found.id, node) < 0)
        return damaged(squash, "attributes");
    return 1;
}

static int squash_next(struct image_reader *reader, struct image_entry *entry)
{
    struct squash_reader *squash = (struct squash_reader *)reader;
    struct squash_node node;
    int more = step(squash, &node);

    if (more <= 0)
        return more;
    if (S_ISDIR(node.st.st_mode) && enter(squash, node.id) < 0)
        return -1;
    // data stand in the order of the names, as a rule
    if (squash->counts != NULL && node.data_at > squash->counts->at)
        squash->counts->at = node.data_at;
    return fill(squash, &node, entry) < 0 ? -1 : 1;
}

static int put_pieces(struct image_sink *sink,
                      const struct squash_pieces *pieces, uint64_t offset)
{
    for (int i = 0; i < pieces->count; i++) {
        struct image_chunk chunk = { pieces->iov[i].iov_base,
                                     pieces->iov[i].iov_len, offset };

        if (pieces->blocks[i] != NULL && sink->put(sink, &chunk) < 0)
            return -1;
        offset += chunk.size;
    }
    return 0;
}

static int put_where(struct squash *image, const struct image_part *part,
                     struct image_sink *sink)
{
    struct squash_range rest = { part->id, part->offset, part->size }, data;
    uint64_t end = part->offset + part->size;

    while (rest.size > 0) {
        struct image_chunk chunk = { 0 };

        if (squash_find_data(image, &rest, &data) < 0)
            return failed(errno, "can't read the image");
        if (data.size == 0)
            break;
        chunk.offset = data.offset;
        chunk.size = data.size;
        if (sink->put(sink, &chunk) < 0)
            return -1;
        rest.offset = data.offset + data.size;
        rest.size = end - rest.offset;
    }
    return 0;
}

static int squash_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    struct squash *image = ((struct squash_reader *)reader)->image;
    uint64_t done = 0;
    int status = 0;

    if (part->where)
        return put_where(image, part, sink);
    while (status == 0 && done < part->size) {
        struct squash_range range = { part->id, part->offset + done,
                                      part->size - done };
        struct squash_pieces pieces;

        // a hole of terabytes takes its time, and nobody else sees it pass
        if (stop_check() < 0)
            return -1;
        if (squash_map(image, &range, &pieces) < 0)
            return failed(errno, "can't read the image");
        if (pieces.bytes == 0)
            break;
        status = put_pieces(sink, &pieces, range.offset);
        done += pieces.bytes;
        squash_release(image, &pieces);
    }
    return status;
}

static void squash_close_reader(struct image_reader *reader)
{
    struct squash_reader *squash = (struct squash_reader *)reader;

    while (squash->depth > 0)
        leave(squash);
    links_free(&squash->links);
    squash_close(squash->image);
    free(squash);
}

static const struct image_reader_ops squash_ops = { squash_next, squash_data,
                                                    squash_close_reader };

struct image_reader *image_read_squash(int fd, uint64_t offset,
                                       const char *name,
                                       struct progress_counts *counts)
{
    struct squash_options options = { .name = name, .offset = offset };
    struct squash_reader *squash = calloc(1, sizeof *squash);
    struct squash_facts facts;

    if (squash == NULL) {
        failed(errno, "can't read image %s", name);
        return NULL;
    }
    squash->reader = (struct image_reader){ .ops = &squash_ops, .parts = true };
    squash->image = squash_open(fd, &options);
    if (squash->image == NULL) {
        free(squash);
        return NULL;
    }
    squash_facts(squash->image, &facts);
    squash->counts = counts;
    if (counts != NULL)
        counts->size = facts.bytes;
    return &squash->reader;
}
