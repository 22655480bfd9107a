// file_name.c - the name of a file: an option of two applets.
// SPDX-License-Identifier: MIT
#include "applets/file_name.h"

#include "core/base/err.h"

int file_name_set(const char **field, const char *option, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "%s: the name of the file is empty", option);
    *field = value;
    return 0;
}
