// counters.c - what a server has done.
// SPDX-License-Identifier: MIT
#include "core/fuse/counters.h"

#include <inttypes.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <sys/resource.h>

// The last is all that has no name here.
static const struct {
    uint32_t opcode;
    const char *name;
} kinds[COUNTERS_KINDS] = {
    { FUSE_LOOKUP, "lookup" },
    { FUSE_GETATTR, "getattr" },
    { FUSE_READLINK, "readlink" },
    { FUSE_READ, "read" },
    { FUSE_READDIR, "readdir" },
    { FUSE_READDIRPLUS, "readdirplus" },
    { FUSE_GETXATTR, "getxattr" },
    { FUSE_LISTXATTR, "listxattr" },
    { FUSE_STATFS, "statfs" },
    { FUSE_FORGET, "forget" },
    { FUSE_BATCH_FORGET, "batch_forget" },
    { 0, "other" },
};

struct text {
    char *at;
    size_t room;
};

// No read-modify-write: there is one writer.
static void add(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void put(struct text *text, const char *name, uint64_t number)
{
    int length =
        snprintf(text->at, text->room, "%s %" PRIu64 "\n", name, number);

    if (length > 0 && (size_t)length < text->room) {
        text->at += length;
        text->room -= (size_t)length;
    }
}

static void put_requests(struct text *text, const struct counted *counted)
{
    uint64_t all = 0, bytes = 0;
    char name[32];

    for (int i = 0; i < COUNTERS_KINDS; i++) {
        uint64_t sum = 0;

        for (unsigned j = 0; j < counted->count; j++)
            sum += get(&counted->threads[j].requests[i]);
        snprintf(name, sizeof name, "requests_%s", kinds[i].name);
        put(text, name, sum);
        all += sum;
    }
    for (unsigned j = 0; j < counted->count; j++)
        bytes += get(&counted->threads[j].bytes);
    put(text, "requests", all);
    put(text, "bytes_answered", bytes);
}

static void put_image(struct text *text, struct squash *image)
{
    struct squash_statistics image_has;

    squash_statistics(image, &image_has);
    put(text, "image_reads", image_has.reads);
    put(text, "image_bytes_read", image_has.bytes_read);
    put(text, "blocks_unpacked", image_has.blocks);
    put(text, "blocks_from_cache", image_has.blocks_cached);
    put(text, "metadata_blocks_unpacked", image_has.metadata);
    put(text, "bytes_unpacked", image_has.bytes_unpacked);
    put(text, "unpack_microseconds", image_has.unpack_time / 1000);
    put(text, "cache_bytes", image_has.memory);
}

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static void put_process(struct text *text, const struct counted *counted)
{
    struct rusage usage = { 0 };
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    (void)getrusage(RUSAGE_SELF, &usage); // can't fail for oneself
    put(text, "peak_memory_bytes", (uint64_t)usage.ru_maxrss << 10);
    put(text, "user_microseconds", microseconds(usage.ru_utime));
    put(text, "system_microseconds", microseconds(usage.ru_stime));
    put(text, "threads", counted->count);
    put(text, "seconds", (uint64_t)(now.tv_sec - counted->since));
}

static void put_prefetch(struct text *text, struct prefetch *prefetch)
{
    struct prefetched done = prefetch_done(prefetch);

    put(text, "prefetched_files", done.files);
    put(text, "prefetched_bytes", done.bytes);
}

void counters_request(struct counters *counters, const void *request)
{
    uint32_t opcode = ((const struct fuse_in_header *)request)->opcode;
    int kind = 0;

    while (kind < COUNTERS_KINDS - 1 && kinds[kind].opcode != opcode)
        kind++;
    add(&counters->requests[kind], 1);
}

void counters_answer(struct counters *counters, size_t bytes)
{
    add(&counters->bytes, bytes);
}

size_t counters_text(const struct counted *counted, char text[COUNTERS_TEXT])
{
    struct text into = { text, COUNTERS_TEXT };

    text[0] = '\0';
    put_requests(&into, counted);
    put_image(&into, counted->image);
    put_prefetch(&into, counted->prefetch);
    put_process(&into, counted);
    return COUNTERS_TEXT - into.room;
}
