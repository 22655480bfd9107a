// arena.h - many small allocations that are freed together.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

// Zeroed memory, which lives as long as the arena. Memory exhausted: the
// process aborts with a message, as json.h does, whose values are kept in
// arenas.
void *arena_take(struct arena *arena, size_t count, size_t size);

// A copy of a text that came from malloc(3), which is freed; NULL: NULL.
char *arena_keep(struct arena *arena, char *text);
void arena_free(struct arena *arena);
