// arena.c - many small allocations that are freed together.
// SPDX-License-Identifier: MIT
#include "core/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    max_align_t bytes[];
};

void *arena_take(struct arena *arena, size_t count, size_t size)
{
    struct arena_block *block = NULL;
    size_t bytes;

    if (!__builtin_mul_overflow(count, size, &bytes) &&
        !__builtin_add_overflow(bytes, sizeof *block, &bytes))
        block = calloc(1, bytes);
    if (block == NULL) {
        fputs("ch: out of memory\n", stderr);
        abort();
    }
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

char *arena_keep(struct arena *arena, char *text)
{
    size_t size = text == NULL ? 0 : strlen(text) + 1;
    char *kept = text == NULL ? NULL : arena_take(arena, size, 1);

    if (kept != NULL)
        memcpy(kept, text, size);
    free(text);
    return kept;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}
