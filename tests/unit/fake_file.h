// fake_file.h - the only file that fs_read() can read: what a test says. For
// tests with "wrap: fs_read".
// SPDX-License-Identifier: MIT
#pragma once

#include <errno.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"

static const char *file; // its text; NULL: there is none

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length);

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length)
{
    (void)dir;
    (void)max;
    if (file != NULL && length != NULL)
        *length = strlen(file);
    if (file != NULL)
        return str_dup(file);
    failed(ENOENT, "can't open %s", path);
    return NULL;
}
