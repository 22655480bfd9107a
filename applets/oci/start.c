// start.c - ch-oci start: let a container run its program.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "start",
    .usage = "[OPTION...] start CONTAINER",
    .about = "Start the container that create has made.",
    .table = options,
};

int oci_start(const struct oci_args *global, int argc, char **argv)
{
    return oci_on_one(&spec, global, argc, argv, lifecycle_start);
}
