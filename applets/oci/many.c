// many.c - the same for several containers.
// SPDX-License-Identifier: MIT
#include "applets/oci/many.h"

#include <regex.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/str.h"
#include "core/oci/folder.h"

int oci_for_matching(const char *root, const char *expression,
                     int (*body)(const void *args, const char *id),
                     const void *args)
{
    cleanup_strlist struct strlist ids = { 0 };
    regex_t wanted;
    int status = 0;

    if (folder_list(root, &ids) < 0)
        return -1;
    if (regcomp(&wanted, expression, REG_EXTENDED | REG_NOSUB) != 0)
        return failed(0, "not a regular expression: %s", expression);
    for (size_t i = 0; i < ids.count; i++) {
        if (regexec(&wanted, ids.items[i], 0, NULL, 0) != 0 ||
            body(args, ids.items[i]) == 0)
            continue;
        log_pending_error();
        err_clear();
        status = 1;
    }
    regfree(&wanted);
    return status;
}
