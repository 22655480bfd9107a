// prefetch.c - files of an image that are fetched before anybody asks.
// SPDX-License-Identifier: MIT
#include "core/fuse/prefetch.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/thread.h"
#include "core/kernel/cpus.h"

enum {
    // They wait for the storage more than they work; this many keep a server of
    // files busy, and their buffers small.
    THREADS = 16,
    STACK = 128 << 10,   // bytes
    OWN_MOST = 16 << 20, // bytes of an image's own list
    // What looking for a name counts for, in bytes of what is fetched: it takes
    // a thousandth of the time that unpacking a block does.
    LOOKUP = 128,
};

struct prefetch {
    struct squash *image;
    uint32_t block_size;
    uint64_t most;    // bytes
    const char *list; // whatever is left is from "at" on
    char *own;
    pthread_mutex_t lock;
    const char *at;
    atomic_bool stopped;
    _Atomic uint64_t files;
    _Atomic uint64_t bytes;
    _Atomic uint64_t lookups;
    pthread_t first;
    pthread_t others[THREADS - 1];
    unsigned count;      // of others
    atomic_uint working; // of all
};

// The file that a path leads to, in which links are not followed.
static bool find(struct prefetch *p, char *path, struct squash_node *node)
{
    struct squash *image = p->image;
    char *save = NULL;

    atomic_fetch_add(&p->lookups, 1);
    if (squash_stat(image, squash_root(image), node) < 0)
        return false;
    for (const char *name = strtok_r(path, "/", &save); name != NULL;
         name = strtok_r(NULL, "/", &save)) {
        atomic_fetch_add(&p->lookups, 1);
        if (strcmp(name, ".") != 0 &&
            (!S_ISDIR(node->st.st_mode) ||
             squash_lookup(image, node->id, name, node) < 0))
            return false;
    }
    return S_ISREG(node->st.st_mode);
}

static char *read_own(struct prefetch *p)
{
    char path[] = PREFETCH_OWN;
    struct squash_node node;
    char *text;
    ssize_t length;

    if (!find(p, path, &node) || node.st.st_size > OWN_MOST)
        return NULL;
    text = malloc((size_t)node.st.st_size + 1);
    if (text == NULL)
        return NULL;
    length = squash_read(p->image, node.id, 0,
                         (struct iovec){ text, (size_t)node.st.st_size });
    text[length < 0 ? 0 : length] = '\0';
    return text;
}

// What is fetched beyond the cache's size would push out what came before. A
// block may be of many files, so what the cache has is what counts. But a list
// may name what takes no room there: a file a million times, names that do not
// exist, a file of holes. So what was asked for has the same limit.
static bool has_room(struct prefetch *p)
{
    struct squash_statistics statistics;

    if (p->bytes + p->lookups * LOOKUP >= p->most)
        return false;
    squash_statistics(p->image, &statistics);
    return statistics.memory < p->most;
}

// A byte of a block brings all of it, and one that is not wanted whole is kept.
static void fetch(struct prefetch *p, const struct squash_node *node)
{
    uint64_t size = (uint64_t)node->st.st_size;
    struct squash_pieces pieces;

    for (uint64_t at = 0; at < size && !p->stopped; at += p->block_size) {
        struct squash_range range = { node->id, at, 1 };
        uint64_t left = size - at;

        if (!has_room(p) || squash_map(p->image, &range, &pieces) < 0)
            return;
        squash_release(p->image, &pieces);
        atomic_fetch_add(&p->bytes,
                         left < p->block_size ? left : p->block_size);
    }
    atomic_fetch_add(&p->files, 1);
}

// The next line of the list; false: there is none.
static bool next(struct prefetch *p, char line[PATH_MAX])
{
    size_t length = PATH_MAX;

    pthread_mutex_lock(&p->lock);
    while (length >= PATH_MAX && *p->at != '\0') {
        const char *start = p->at;

        length = strcspn(start, "\n");
        p->at += length + (start[length] == '\n');
        if (length < PATH_MAX) { // what is longer is no path
            memcpy(line, start, length);
            line[length] = '\0';
        }
    }
    pthread_mutex_unlock(&p->lock);
    return length < PATH_MAX;
}

static void fetch_lines(struct prefetch *p)
{
    char line[PATH_MAX];
    struct squash_node node;

    (void)cpus_use_all(); // whoever started the server may be bound to one
    while (!p->stopped && has_room(p) && next(p, line))
        if (find(p, line, &node))
            fetch(p, &node);
}

static void *work(void *argument)
{
    struct prefetch *p = argument;

    fetch_lines(p);
    p->working--;
    return NULL;
}

// It takes the time of starting the others off the first request.
static void *work_first(void *argument)
{
    struct prefetch *p = argument;

    if (p->list == NULL)
        p->list = p->own = read_own(p);
    p->at = p->list != NULL ? p->list : "";
    while (p->list != NULL && p->count < THREADS - 1) {
        p->working++;
        if (thread_start(&p->others[p->count], STACK, work, p) != 0) {
            p->working--;
            break;
        }
        p->count++;
    }
    return work(p);
}

struct prefetch *prefetch_start(struct squash *image,
                                const struct prefetch_plan *plan)
{
    struct prefetch *p = NULL;
    struct squash_facts facts;

    if (plan->list != NULL || plan->own)
        p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    squash_facts(image, &facts);
    p->image = image;
    p->block_size = facts.block_size;
    p->most = plan->bytes;
    p->list = plan->list;
    p->working = 1;
    pthread_mutex_init(&p->lock, NULL);
    if (thread_start(&p->first, STACK, work_first, p) == 0)
        return p;
    pthread_mutex_destroy(&p->lock);
    free(p);
    return NULL;
}

struct prefetched prefetch_done(struct prefetch *prefetch)
{
    if (prefetch == NULL)
        return (struct prefetched){ .over = true };
    return (struct prefetched){ .over = prefetch->working == 0,
                                .files = prefetch->files,
                                .bytes = prefetch->bytes };
}

void prefetch_stop(struct prefetch *prefetch)
{
    if (prefetch == NULL)
        return;
    prefetch->stopped = true;
    pthread_join(prefetch->first, NULL);
    for (unsigned i = 0; i < prefetch->count; i++)
        pthread_join(prefetch->others[i], NULL);
    pthread_mutex_destroy(&prefetch->lock);
    free(prefetch->own);
    free(prefetch);
}
