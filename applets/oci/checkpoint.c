// checkpoint.c - ch-oci checkpoint and restore: not built in.
//
// Both need CRIU, a library and a program of its own that a static binary can't
// bring along.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "core/base/err.h"

int oci_checkpoint(const struct oci_args *global, int argc, char **argv)
{
    (void)global, (void)argc; // whatever is asked for
    return failed(0, "%s is not built in: it needs CRIU", argv[0]);
}
