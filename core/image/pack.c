// pack.c - a stream of bytes, compressed by several threads into a file.
//
// A ring of slots: the caller fills one after the other, threads compress them
// in any order, and the caller, coming round to a slot again, writes what was
// made of it: so bytes are written in order, and reading, compressing and
// writing go on at the same time.
// SPDX-License-Identifier: MIT
#include "core/image/pack.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/stop.h"
#include "core/base/thread.h"

enum {
    THREADS_MAX = 64,
    STACK_SIZE = 1 << 20, // bytes: compressors keep tables there
};

struct slot {
    char *in;
    size_t size;
    char *out;
    ssize_t packed; // bytes; -1: it failed
    enum { SLOT_EMPTY, SLOT_FULL, SLOT_BUSY, SLOT_DONE } state;
};

struct pack {
    struct pack_options options;
    size_t room; // of a slot's "out"
    unsigned threads, limit;
    pthread_t thread[THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t done;
    struct slot *slots;
    unsigned count;
    unsigned at;    // the slot that is filled
    unsigned taken; // the next that a thread takes
    bool stopped;
};

// A signal interrupts it: the reader of a pipe may have gone to sleep.
static int write_out(struct pack *pack, const char *bytes, size_t size)
{
    struct pack_sums *sums = pack->options.sums;

    if (sums != NULL) {
        hash_add(&sums->out, bytes, size);
        sums->written += size;
    }
    while (size > 0) {
        ssize_t n = write(pack->options.fd, bytes, size);

        if (n < 0 && errno == EINTR && stop_check() == 0)
            continue;
        if (n < 0)
            return errno == EINTR ? -1 : failed(errno, "can't write");
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

static void compress(struct pack *pack, struct slot *slot, void *state)
{
    pthread_mutex_unlock(&pack->lock);
    slot->packed = state == NULL
                       ? -1
                       : pack->options.codec->pack(state, slot->in, slot->size,
                                                   slot->out, pack->room);
    pthread_mutex_lock(&pack->lock);
    slot->state = SLOT_DONE;
    pthread_cond_signal(&pack->done);
}

static void *work(void *argument)
{
    struct pack *pack = argument;
    const struct codec *codec = pack->options.codec;
    void *state = codec->open(pack->options.level);

    pthread_mutex_lock(&pack->lock);
    while (!pack->stopped) {
        struct slot *slot = &pack->slots[pack->taken];

        if (slot->state != SLOT_FULL) {
            pthread_cond_wait(&pack->filled, &pack->lock);
            continue;
        }
        slot->state = SLOT_BUSY;
        pack->taken = (pack->taken + 1) % pack->count;
        compress(pack, slot, state);
    }
    pthread_mutex_unlock(&pack->lock);
    if (state != NULL)
        codec->close(state);
    return NULL;
}

// Threads come as blocks do: a small archive needs one.
static int start_thread(struct pack *pack)
{
    int error =
        thread_start(&pack->thread[pack->threads], STACK_SIZE, work, pack);

    if (error == 0)
        pack->threads++;
    return pack->threads > 0 ? 0 : failed(error, "can't start a thread");
}

// Write what was made of the slot's bytes, if anything: it is empty then.
static int empty(struct pack *pack, struct slot *slot)
{
    int status = 0;

    pthread_mutex_lock(&pack->lock);
    while (status == 0 &&
           (slot->state == SLOT_FULL || slot->state == SLOT_BUSY))
        status = stop_wait(&pack->done, &pack->lock);
    pthread_mutex_unlock(&pack->lock);
    if (status < 0)
        return -1;
    slot->size = 0;
    if (slot->state == SLOT_EMPTY)
        return 0;
    slot->state = SLOT_EMPTY;
    if (slot->packed < 0)
        return failed(ENOMEM, "can't compress");
    return write_out(pack, slot->out, (size_t)slot->packed);
}

// The slot that is being filled is handed over.
static int hand_over(struct pack *pack)
{
    struct slot *slot = &pack->slots[pack->at];

    if (pack->options.codec->pack == NULL) {
        size_t size = slot->size;

        slot->size = 0;
        return write_out(pack, slot->in, size);
    }
    if (pack->threads < pack->limit && start_thread(pack) < 0)
        return -1;
    pthread_mutex_lock(&pack->lock);
    slot->state = SLOT_FULL;
    pthread_cond_signal(&pack->filled);
    pthread_mutex_unlock(&pack->lock);
    pack->at = (pack->at + 1) % pack->count;
    return empty(pack, &pack->slots[pack->at]);
}

static int make_slots(struct pack *pack)
{
    const struct codec *codec = pack->options.codec;

    pack->room = codec->bound != NULL ? codec->bound(codec->block) : 1;
    // each thread has one at hand and one that waits
    pack->count = codec->pack != NULL ? 2 * pack->limit + 1 : 1;
    pack->slots = calloc(pack->count, sizeof *pack->slots);
    if (pack->slots == NULL)
        return failed(errno, "can't compress");
    for (unsigned i = 0; i < pack->count; i++) {
        struct slot *slot = &pack->slots[i];

        slot->in = malloc(codec->block);
        slot->out = malloc(pack->room);
        if (slot->in == NULL || slot->out == NULL)
            return failed(errno, "can't compress");
    }
    return 0;
}

struct pack *pack_open(const struct pack_options *options)
{
    struct pack *pack = calloc(1, sizeof *pack);

    if (pack == NULL) {
        failed(errno, "can't compress");
        return NULL;
    }
    pack->options = *options;
    if (options->sums != NULL) {
        *options->sums = (struct pack_sums){ 0 };
        hash_begin_sha256(&options->sums->in);
        hash_begin_sha256(&options->sums->out);
    }
    pack->limit = options->threads > 0 ? options->threads : thread_cpus();
    if (pack->limit > THREADS_MAX)
        pack->limit = THREADS_MAX;
    pthread_mutex_init(&pack->lock, NULL);
    pthread_cond_init(&pack->filled, NULL);
    pthread_cond_init(&pack->done, NULL);
    if (make_slots(pack) == 0)
        return pack;
    pack_close(pack);
    return NULL;
}

int pack_write(struct pack *pack, const void *bytes, size_t size)
{
    size_t block = pack->options.codec->block;
    const char *from = bytes;

    if (pack->options.sums != NULL && pack->options.codec->pack != NULL)
        hash_add(&pack->options.sums->in, bytes, size);
    while (size > 0) {
        struct slot *slot = &pack->slots[pack->at];
        size_t part = block - slot->size < size ? block - slot->size : size;

        memcpy(slot->in + slot->size, from, part);
        slot->size += part;
        from += part;
        size -= part;
        if (slot->size == block && hand_over(pack) < 0)
            return -1;
    }
    return 0;
}

int pack_finish(struct pack *pack)
{
    if (pack->slots[pack->at].size > 0 && hand_over(pack) < 0)
        return -1;
    for (unsigned i = 0; i < pack->count; i++)
        if (empty(pack, &pack->slots[(pack->at + i) % pack->count]) < 0)
            return -1;
    return 0;
}

void pack_close(struct pack *pack)
{
    if (pack == NULL)
        return;
    pthread_mutex_lock(&pack->lock);
    pack->stopped = true;
    pthread_cond_broadcast(&pack->filled);
    pthread_mutex_unlock(&pack->lock);
    // The process is about to end; xz may be at a block for seconds. What
    // its thread works on has to stay.
    if (stop_came())
        return;
    for (unsigned i = 0; i < pack->threads; i++)
        pthread_join(pack->thread[i], NULL);
    for (unsigned i = 0; pack->slots != NULL && i < pack->count; i++) {
        free(pack->slots[i].in);
        free(pack->slots[i].out);
    }
    free(pack->slots);
    pthread_cond_destroy(&pack->filled);
    pthread_cond_destroy(&pack->done);
    pthread_mutex_destroy(&pack->lock);
    free(pack);
}
