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
    FILES_MOST = 128 << 10, // of all of them; 3 MiB
    TASKS = 64,
    STACK = 64 << 10,
};

// The end of a file, which lies in a fragment.
struct known {
    fuse_ino_t number;
    uint64_t size;   // of the file
    uint32_t offset; // in the fragment
};

struct list {
    uint32_t fragment;
    uint32_t count;
    uint32_t room;
    struct known *files;
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
    uint64_t block_size;
    pthread_t thread;
    pthread_mutex_t lock; // of what follows
    pthread_cond_t filled;
    bool started;
    bool stopping;
    unsigned first, count;
    struct task tasks[TASKS]; // a ring
    uint32_t files;           // in all lists
    struct list lists[LISTS];
};

static struct list *list_of(struct pusher *pusher, uint32_t fragment)
{
    return &pusher->lists[fragment % LISTS];
}

static void empty(struct pusher *pusher, struct list *list)
{
    pusher->files -= list->count;
    list->count = 0;
}

static int add(struct pusher *pusher, struct list *list,
               const struct known *file)
{
    if (list->count == LIST_MOST || pusher->files == FILES_MOST)
        return -1;
    if (list->count == list->room) {
        uint32_t room = list->room == 0 ? 8 : list->room * 2;
        void *files = reallocarray(list->files, room, sizeof *list->files);

        if (files == NULL)
            return -1;
        list->files = files;
        list->room = room;
    }
    list->files[list->count++] = *file;
    pusher->files++;
    return 0;
}

static void store(struct pusher *pusher, const struct task *task,
                  const struct known *file)
{
    size_t size = file->size % pusher->block_size;
    off_t at = (off_t)(file->size - size);
    struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(size);

    // What an image says of two files need not agree with the block.
    if (file->offset > task->bytes.iov_len ||
        size > task->bytes.iov_len - file->offset)
        return;
    bytes.buf[0].mem = (char *)task->bytes.iov_base + file->offset;
    // Files that the kernel has forgotten again are an error to it, not to us.
    fuse_lowlevel_notify_store(pusher->session, file->number, at, &bytes, 0);
}

static void carry_out(struct pusher *pusher, struct task *task)
{
    for (uint32_t i = 0; i < task->list.count; i++) {
        if (task->list.files[i].number != task->asked)
            store(pusher, task, &task->list.files[i]);
    }
    squash_drop(pusher->image, task->block);
    free(task->list.files);
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
    pusher->block_size = st.f_bsize;
    pthread_mutex_init(&pusher->lock, NULL);
    pthread_cond_init(&pusher->filled, NULL);
    return pusher;
}

void push_start(struct pusher *pusher)
{
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_mutex_lock(&pusher->lock);
    pusher->started =
        pthread_create(&pusher->thread, &attributes, push, pusher) == 0;
    pthread_mutex_unlock(&pusher->lock);
    pthread_attr_destroy(&attributes);
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
    for (unsigned i = 0; i < pusher->count; i++) {
        struct task *task = &pusher->tasks[(pusher->first + i) % TASKS];

        squash_drop(pusher->image, task->block);
        free(task->list.files);
    }
    for (int i = 0; i < LISTS; i++)
        free(pusher->lists[i].files);
    pthread_cond_destroy(&pusher->filled);
    pthread_mutex_destroy(&pusher->lock);
    free(pusher);
}

void push_note(struct pusher *pusher, const struct squash_node *node,
               fuse_ino_t number)
{
    struct known file = { number, (uint64_t)node->st.st_size,
                          node->fragment_offset };
    struct list *list;

    if (node->fragment == SQUASH_NO_FRAGMENT)
        return;
    list = list_of(pusher, node->fragment);
    pthread_mutex_lock(&pusher->lock);
    if (list->fragment != node->fragment) {
        empty(pusher, list);
        list->fragment = node->fragment;
    }
    // A full list is not worth more than that its later files are asked for.
    add(pusher, list, &file);
    pthread_mutex_unlock(&pusher->lock);
}

void push_fragment(struct pusher *pusher, uint32_t fragment, fuse_ino_t number,
                   struct squash_block *block)
{
    struct list *list = list_of(pusher, fragment);

    pthread_mutex_lock(&pusher->lock);
    if (pusher->started && pusher->count < TASKS && !pusher->stopping &&
        list->fragment == fragment && list->count > 1) {
        struct task *task =
            &pusher->tasks[(pusher->first + pusher->count) % TASKS];

        *task = (struct task){ block, squash_keep(pusher->image, block), number,
                               *list };
        pusher->count++;
        pusher->files -= list->count;
        *list = (struct list){ .fragment = fragment };
        pthread_cond_signal(&pusher->filled);
    }
    pthread_mutex_unlock(&pusher->lock);
}
