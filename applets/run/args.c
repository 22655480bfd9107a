// args.c - the command line of ch-run while it is read.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/err.h"

void *args_grown(void *array, size_t count, size_t size)
{
    void *more = reallocarray(array, count + 1, size);

    if (more == NULL)
        failed(errno, "can't store the command line");
    return more;
}
