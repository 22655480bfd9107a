// base_dir.h - a folder for each test, removed behind it.
// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/image/tree.h"

static char base[] = "/tmp/ch-unit.XXXXXX";
static int top; // it, opened

static inline int make_base(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/ch-unit.XXXXXX");
    if (mkdtemp(base) == NULL)
        return -1;
    top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return top < 0;
}

static inline int remove_base(void **state)
{
    (void)state;
    close(top);
    return tree_remove(AT_FDCWD, base);
}
