// pause.c - ch-oci pause: keep a container from running.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "pause",
    .usage = "[OPTION...] pause CONTAINER",
    .about = "Keep the processes of a container from running.",
    .table = options,
};

int oci_pause(const struct oci_args *global, int argc, char **argv)
{
    return oci_on_one(&spec, global, argc, argv, lifecycle_pause);
}
