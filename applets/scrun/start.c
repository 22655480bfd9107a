// start.c - ch-scrun start: submit the job of a container.
// SPDX-License-Identifier: MIT
#include "applets/scrun/scrun.h"
#include "core/slurm/scrun.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "start ID",
    .about = "Submit the job of the container that create has made.",
    .table = options,
};

int scrun_main_start(const struct oci_args *global, int argc, char **argv)
{
    return oci_on_one(&spec, global, argc, argv, scrun_start);
}
