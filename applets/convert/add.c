// add.c - options of ch-convert: files that are put into an image on its way.
// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "applets/applets.h"
#include "applets/convert/args.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/self.h"

#define PROGRAM "ch"

int convert_set_add(void *p, const char *value)
{
    return additions_parse(&((struct args *)p)->plan.add, value);
}

// As "ch install" would put it there.
int convert_set_self(void *p, const char *value)
{
    struct additions *list = &((struct args *)p)->plan.add;

    (void)value; // takes none
    if (additions_put_program(list, "/proc/self/exe",
                              SELF_DIRECTORY "/" PROGRAM) < 0)
        return -1;
    for (const struct command *c = applets; c->name != NULL; c++) {
        cleanup_free char *path = str_printf("%s/%s", SELF_DIRECTORY, c->name);

        if (path == NULL || additions_put_link(list, PROGRAM, path) < 0)
            return -1;
    }
    return 0;
}
