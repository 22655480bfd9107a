// squash_walk.h - everything in an image is looked at, within bounds.
//
// Shared by the fuzz harness and the mutation runner. What is read does not
// matter; that it ends, and what the sanitizers say, does. Several threads look
// at the same things at once, as those of a server do.
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/squash/reader.h"

// A small image that says more than this of itself is believed no further.
enum {
    WALK_NODES = 400,
    WALK_DEPTH = 12,
    WALK_READS = 300,
    WALK_THREADS = 4,
};

// What one thread does.
struct walk {
    struct squash *image;
    pthread_t thread;
    unsigned nodes;
    unsigned reads;
    uint64_t sum; // so that what was read was looked at
    char names[65536], value[65536];
};

static inline void walk_range(struct walk *walk, uint64_t id, uint64_t offset)
{
    struct squash_range range = { id, offset, 160 << 10 };
    struct squash_pieces pieces;

    if (walk->reads++ >= WALK_READS)
        return;
    if (squash_map(walk->image, &range, &pieces) < 0)
        return;
    for (int i = 0; i < pieces.count; i++) {
        const unsigned char *bytes = pieces.iov[i].iov_base;

        for (size_t j = 0; j < pieces.iov[i].iov_len; j += 61)
            walk->sum += bytes[j];
        walk->sum += bytes[pieces.iov[i].iov_len - 1];
    }
    squash_release(walk->image, &pieces);
    squash_ahead(walk->image);
}

static inline void walk_file(struct walk *walk, const struct squash_node *node)
{
    uint64_t size = (uint64_t)node->st.st_size;

    walk_range(walk, node->id, 0);
    walk_range(walk, node->id, 1 << 20);
    walk_range(walk, node->id, size / 2);
    walk_range(walk, node->id, size > 100 ? size - 100 : 0);
}

static inline void walk_attributes(struct walk *walk, uint64_t id)
{
    char *names = walk->names, *value = walk->value;
    ssize_t size =
        squash_list_xattrs(walk->image, id, names, sizeof walk->names);

    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t n = squash_get_xattr(walk->image, id, names + at, value,
                                     sizeof walk->value);

        for (ssize_t i = 0; i < n; i++)
            walk->sum += (unsigned char)value[i];
    }
    squash_get_xattr(walk->image, id, "user.none", value, sizeof walk->value);
}

static inline void walk_node(struct walk *walk, uint64_t id, int depth)
{
    struct squash_node node;
    struct squash_dir *dir;
    char target[4096];

    if (walk->nodes++ >= WALK_NODES || depth > WALK_DEPTH)
        return;
    walk_attributes(walk, id);
    // Of the wrong kind too: the kernel asks for what it was told, not we.
    if (squash_readlink(walk->image, id, target, sizeof target) > 0)
        walk->sum += strlen(target);
    if (squash_stat(walk->image, id, &node) == 0)
        walk_file(walk, &node);
    dir = squash_dir_open(walk->image, id);
    if (dir == NULL)
        return;
    for (uint32_t i = 0; i < squash_dir_count(dir); i++) {
        struct squash_entry entry;

        squash_dir_entry(dir, i, &entry);
        if (squash_lookup(walk->image, id, entry.name, &node) == 0)
            walk->sum += node.st.st_ino;
        walk_node(walk, entry.id, depth + 1);
    }
    squash_dir_close(walk->image, dir);
}

static inline void *walk_all(void *argument)
{
    struct walk *walk = argument;

    walk_node(walk, squash_root(walk->image), 0);
    return NULL;
}

static inline void walk_by(struct squash *image, unsigned threads)
{
    struct walk *walks = calloc(threads, sizeof *walks);

    if (walks == NULL)
        abort();
    for (unsigned i = 0; i < threads; i++)
        walks[i].image = image;
    for (unsigned i = 1; i < threads; i++) {
        if (pthread_create(&walks[i].thread, NULL, walk_all, &walks[i]) != 0)
            abort();
    }
    walk_all(&walks[0]);
    for (unsigned i = 1; i < threads; i++)
        pthread_join(walks[i].thread, NULL);
    free(walks);
}

// Open the bytes as an image, and let so many threads look at everything. Was
// it one?
static inline int walk_image(const void *bytes, size_t size, unsigned threads)
{
    struct squash_options options = { .name = "image", .cache_bytes = 4 << 20 };
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct squash *image;

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    image = squash_open(fd, &options);
    close(fd);
    if (image == NULL)
        return 0;
    walk_by(image, threads);
    squash_close(image);
    return 1;
}
