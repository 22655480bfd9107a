// container.c - the plan before anybody has asked for anything.
// SPDX-License-Identifier: MIT
#include "core/run/container.h"

#include <unistd.h>

void container_defaults(struct container *plan)
{
    *plan = (struct container){ .uid = geteuid(), .gid = getegid() };
}
