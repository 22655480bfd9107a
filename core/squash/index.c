// index.c - where the blocks of large files are.
// SPDX-License-Identifier: MIT
#include "core/squash/index.h"

#include <errno.h>
#include <stdlib.h>

#include "core/squash/image.h"

static struct index_slot *slot_of(struct squash *image, uint64_t id)
{
    return &image->index.slots[id * 0x9e3779b97f4a7c15 >> 58];
}

_Static_assert(INDEX_SLOTS == 1 << (64 - 58), "the hash has as many values");

static void go_to(sqfs_blocklist *list, const struct index_step *step,
                  uint64_t number, uint32_t block_size)
{
    list->remain -= number;
    list->cur = step->cursor;
    list->block = step->pos;
    list->input_size = 0;
    list->pos = number * block_size;
    list->started = false;
}

// Go to the last step that is known and not behind "number": which it is.
static uint64_t nearest_step(struct index_slot *slot, uint64_t id,
                             uint64_t number, struct index_step *step)
{
    uint64_t known = 0;

    pthread_mutex_lock(&slot->lock);
    if (slot->id == id)
        known = number < slot->count ? number : slot->count;
    if (known > 0)
        *step = slot->steps[known - 1];
    pthread_mutex_unlock(&slot->lock);
    return known;
}

static void keep_step(struct index_slot *slot, uint64_t id, uint64_t number,
                      const struct index_step *step)
{
    pthread_mutex_lock(&slot->lock);
    if (slot->id != id) {
        slot->id = id;
        slot->count = 0;
    }
    if (slot->count == slot->room) {
        uint32_t room = slot->room == 0 ? 16 : slot->room * 2;
        struct index_step *steps =
            reallocarray(slot->steps, room, sizeof *steps);

        // Without memory the file is only slower to read.
        if (steps != NULL) {
            slot->steps = steps;
            slot->room = room;
        }
    }
    if (slot->count == number - 1 && slot->count < slot->room)
        slot->steps[slot->count++] = *step;
    pthread_mutex_unlock(&slot->lock);
}

void index_init(struct block_index *index)
{
    for (int i = 0; i < INDEX_SLOTS; i++)
        pthread_mutex_init(&index->slots[i].lock, NULL);
}

void index_destroy(struct block_index *index)
{
    for (int i = 0; i < INDEX_SLOTS; i++) {
        free(index->slots[i].steps);
        pthread_mutex_destroy(&index->slots[i].lock);
    }
}

int index_seek(struct squash *image, uint64_t id, struct sqfs_inode *inode,
               uint64_t number, sqfs_blocklist *list)
{
    struct index_slot *slot = slot_of(image, id);
    struct index_step step;
    uint64_t at, stride;

    sqfs_blocklist_init(&image->format, inode, list);
    stride = list->remain / INDEX_STEPS + 1;
    if (stride < INDEX_STEP)
        stride = INDEX_STEP;
    at = nearest_step(slot, id, number / stride, &step) * stride;
    if (at > 0)
        go_to(list, &step, at, image->block_size);
    while (at < number) {
        if (sqfs_blocklist_next(list) != SQFS_OK) {
            errno = EIO;
            return -1;
        }
        at++;
        if (at % stride != 0)
            continue;
        step = (struct index_step){ .cursor = list->cur,
                                    .pos = list->block + list->input_size };
        keep_step(slot, id, at / stride, &step);
    }
    return 0;
}
