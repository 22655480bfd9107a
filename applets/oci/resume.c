// resume.c - ch-oci resume: let a paused container run.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "resume",
    .usage = "[OPTION...] resume CONTAINER",
    .about = "Let the processes of a paused container run again.",
    .table = options,
};

int oci_resume(const struct oci_args *global, int argc, char **argv)
{
    return oci_on_one(&spec, global, argc, argv, lifecycle_resume);
}
