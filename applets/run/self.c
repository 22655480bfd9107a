// self.c - option of ch-run: this program in the container.
// SPDX-License-Identifier: MIT
#include "applets/applets.h"
#include "applets/run/args.h"

int args_self(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    args->plan.self = applets;
    return 0;
}
