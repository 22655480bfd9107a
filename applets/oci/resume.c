// resume.c - ch-oci resume: let a paused container run.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "resume ID",
    .about = "Let the processes of a paused container run again.",
    .table = options,
};

int oci_resume(const struct oci_args *global, int argc, char **argv)
{
    struct oci_args args;
    int first = oci_parse(&spec, global, argc, argv, &args);
    cleanup_handle struct container_handle handle = HANDLE_NONE;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0 ||
        handle_open(&handle, args.root, argv[first]) < 0)
        return -1;
    return lifecycle_resume(&handle);
}
