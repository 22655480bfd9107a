// push.c - bytes given to the kernel before it asks for them.
//
// A thread of its own does it: the kernel locks a page that it waits for, and
// a thread that stores to it waits in turn, so it must not be one that answers
// requests. Nor does anybody wait for it: when it cannot follow, what it would
// have pushed is asked for as usual.
// SPDX-License-Identifier: MIT
#include "core/fuse/push.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/err.h"

enum {
    LISTS = 4096,           // fragments whose files are known; a later one with
                            // the same place in the table takes it over
    LIST_MOST = 1024,       // files of one fragment
    SPANS_MOST = 128 << 10, // in all lists; 3 MiB
    // So much must be worth pushing before a thread is started for it. A small
    // program starts with less.
    WISHES = 4,
    TASKS = 64,
    TASK_BYTES = 8 << 20, // of the blocks that wait
    STACK = 64 << 10,
    PAGE = 4096, // smaller than the kernel's own where that has larger ones,
                 // which then are left out
};

// Bytes of a block that belong to a file.
struct span {
    fuse_ino_t number;
    uint64_t at;     // in the file
    uint32_t offset; // in the block
    uint32_t size;
};

struct list {
    uint32_t fragment;
    uint32_t count;
    uint32_t room;
    struct span *spans;
};

struct task {
    struct squash_block *block;
    struct iovec bytes; // of the block
    fuse_ino_t asked;   // has been answered already
    struct list list;
};

struct pusher {
    struct squash *image;
    struct fuse_session *session;
    uint32_t block_size;
    unsigned most; // tasks
    pthread_t thread;
    pthread_mutex_t lock; // of what follows
    pthread_cond_t filled;
    unsigned wishes; // until it is started
    bool started;
    bool stopping;
    unsigned first, count;
    struct task tasks[TASKS]; // a ring
    uint32_t spans;           // in all lists
    struct list lists[LISTS];
};

static struct list *list_of(struct pusher *pusher, uint32_t fragment)
{
    return &pusher->lists[fragment % LISTS];
}

static void empty(struct pusher *pusher, struct list *list)
{
    pusher->spans -= list->count;
    list->count = 0;
}

static void add_span(struct list *list, const struct span *span)
{
    if (list->count == list->room) {
        uint32_t room = list->room == 0 ? 8 : list->room * 2;
        void *spans = reallocarray(list->spans, room, sizeof *list->spans);

        // A file more that is asked for as usual.
        if (spans == NULL)
            return;
        list->spans = spans;
        list->room = room;
    }
    list->spans[list->count++] = *span;
}

// Under the lock, and only where there is room.
static void add_task(struct pusher *pusher, const struct task *task)
{
    pusher->tasks[(pusher->first + pusher->count++) % TASKS] = *task;
    pthread_cond_signal(&pusher->filled);
}

static void drop_task(struct pusher *pusher, const struct task *task)
{
    squash_drop(pusher->image, task->block);
    free(task->list.spans);
}

static void carry_out(struct pusher *pusher, const struct task *task)
{
    for (uint32_t i = 0; i < task->list.count; i++) {
        const struct span *span = &task->list.spans[i];
        struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(span->size);

        // What an image says of two files need not agree with the block.
        if (span->number == task->asked || span->offset > task->bytes.iov_len ||
            span->size > task->bytes.iov_len - span->offset)
            continue;
        bytes.buf[0].mem = (char *)task->bytes.iov_base + span->offset;
        // A file that the kernel has forgotten is an error to it, not to us.
        fuse_lowlevel_notify_store(pusher->session, span->number,
                                   (off_t)span->at, &bytes, 0);
    }
    drop_task(pusher, task);
}

static void *push(void *argument)
{
    struct pusher *pusher = argument;

    pthread_mutex_lock(&pusher->lock);
    for (;;) {
        struct task task;

        while (pusher->count == 0 && !pusher->stopping)
            pthread_cond_wait(&pusher->filled, &pusher->lock);
        if (pusher->stopping)
            break;
        task = pusher->tasks[pusher->first];
        pusher->first = (pusher->first + 1) % TASKS;
        pusher->count--;
        pthread_mutex_unlock(&pusher->lock);
        carry_out(pusher, &task);
        pthread_mutex_lock(&pusher->lock);
    }
    pthread_mutex_unlock(&pusher->lock);
    return NULL;
}

// That the thread cannot be started is no error.
static void start(struct pusher *pusher)
{
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pusher->started =
        pthread_create(&pusher->thread, &attributes, push, pusher) == 0;
    pthread_attr_destroy(&attributes);
}

// Under the lock: is there somebody to do it, and room to ask for it?
static bool can_push(struct pusher *pusher)
{
    if (!pusher->started && ++pusher->wishes >= WISHES)
        start(pusher);
    return pusher->started && !pusher->stopping && pusher->count < pusher->most;
}

struct pusher *push_new(struct squash *image, struct fuse_session *session)
{
    struct pusher *pusher = calloc(1, sizeof *pusher);
    struct statvfs st;

    if (pusher == NULL) {
        failed(errno, "out of memory");
        return NULL;
    }
    squash_statfs(image, &st);
    pusher->image = image;
    pusher->session = session;
    pusher->block_size = (uint32_t)st.f_bsize;
    pusher->most = TASK_BYTES / pusher->block_size;
    if (pusher->most > TASKS)
        pusher->most = TASKS;
    pthread_mutex_init(&pusher->lock, NULL);
    pthread_cond_init(&pusher->filled, NULL);
    return pusher;
}

void push_stop(struct pusher *pusher)
{
    bool started;

    pthread_mutex_lock(&pusher->lock);
    pusher->stopping = true;
    started = pusher->started;
    pthread_cond_signal(&pusher->filled);
    pthread_mutex_unlock(&pusher->lock);
    if (started)
        pthread_join(pusher->thread, NULL);
}

void push_free(struct pusher *pusher)
{
    for (unsigned i = 0; i < pusher->count; i++)
        drop_task(pusher, &pusher->tasks[(pusher->first + i) % TASKS]);
    for (int i = 0; i < LISTS; i++)
        free(pusher->lists[i].spans);
    pthread_cond_destroy(&pusher->filled);
    pthread_mutex_destroy(&pusher->lock);
    free(pusher);
}

void push_note(struct pusher *pusher, const struct squash_node *node,
               fuse_ino_t number)
{
    uint64_t size = (uint64_t)node->st.st_size;
    struct span span = { .number = number,
                         .offset = node->fragment_offset,
                         .size = (uint32_t)(size % pusher->block_size) };
    struct list *list;

    if (node->fragment == SQUASH_NO_FRAGMENT)
        return;
    span.at = size - span.size;
    list = list_of(pusher, node->fragment);
    pthread_mutex_lock(&pusher->lock);
    if (list->fragment != node->fragment) {
        empty(pusher, list);
        list->fragment = node->fragment;
    }
    if (list->count < LIST_MOST && pusher->spans < SPANS_MOST) {
        pusher->spans -= list->count;
        add_span(list, &span);
        pusher->spans += list->count;
    }
    pthread_mutex_unlock(&pusher->lock);
}

void push_fragment(struct pusher *pusher, uint32_t fragment, fuse_ino_t number,
                   struct squash_block *block)
{
    struct list *list = list_of(pusher, fragment);
    struct task task = { .block = block, .asked = number };

    pthread_mutex_lock(&pusher->lock);
    if (list->fragment == fragment && list->count > 1 && can_push(pusher)) {
        squash_keep(pusher->image, block, &task.bytes);
        task.list = *list;
        pusher->spans -= list->count;
        *list = (struct list){ .fragment = fragment };
        add_task(pusher, &task);
    }
    pthread_mutex_unlock(&pusher->lock);
}

// Once for each time that the block is unpacked: if its pages are asked for
// again, the kernel is short of memory.
void push_rest(struct pusher *pusher, const struct push_part *part)
{
    struct task task = { .block = part->block };
    uint64_t from = part->at % pusher->block_size;
    uint64_t to = (from + part->size + PAGE - 1) / PAGE * PAGE;
    struct span span = { .number = part->number,
                         .at = part->at - from,
                         .size = (uint32_t)(from / PAGE * PAGE) };

    if (part->size == pusher->block_size)
        return;
    if (squash_keep(pusher->image, part->block, &task.bytes) == 0) {
        if (span.size > 0)
            add_span(&task.list, &span);
        span.at += to;
        span.offset = (uint32_t)to;
        span.size = (uint32_t)(task.bytes.iov_len - to);
        if (to < task.bytes.iov_len)
            add_span(&task.list, &span);
    }
    pthread_mutex_lock(&pusher->lock);
    if (task.list.count > 0 && can_push(pusher)) {
        add_task(pusher, &task);
        task.block = NULL;
    }
    pthread_mutex_unlock(&pusher->lock);
    if (task.block != NULL)
        drop_task(pusher, &task);
}
