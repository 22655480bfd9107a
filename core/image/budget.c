// budget.c - how much a tree may take, counted before it is written.
// SPDX-License-Identifier: MIT
#include "core/image/budget.h"

#include <stddef.h>

#include "core/base/err.h"
#include "core/base/str.h"

enum {
    ENTRY = 1 << 10, // bytes of the kernel's for a name and an inode
    PAGE_SHIFT = 12, // of memory; larger ones of other machines are rare
};

static int take(struct budget *budget, uint64_t bytes)
{
    uint64_t used = atomic_fetch_add(&budget->used, bytes);

    if (budget->limit != 0 &&
        (bytes > budget->limit || used > budget->limit - bytes))
        return budget_exceeded(budget);
    return 0;
}

int budget_entry(struct budget *budget)
{
    return take(budget, ENTRY);
}

int budget_data(struct budget *budget, uint64_t bytes)
{
    uint64_t pages = (bytes >> PAGE_SHIFT) + 1;

    return take(budget, pages << PAGE_SHIFT);
}

int budget_exceeded(const struct budget *budget)
{
    char limit[STR_SIZE_TEXT];

    return failed(0, "larger than %s%s", str_of_size(limit, budget->limit),
                  budget->hint != NULL ? budget->hint : "");
}
