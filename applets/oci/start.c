// start.c - ch-oci start: let a container run its program.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "start ID",
    .about = "Start the container that create has made.",
    .table = options,
};

int oci_start(const struct oci_args *global, int argc, char **argv)
{
    struct oci_args args;
    int first = oci_parse(&spec, global, argc, argv, &args);
    cleanup_handle struct container_handle handle = HANDLE_NONE;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0 ||
        handle_open(&handle, args.root, argv[first]) < 0)
        return -1;
    return lifecycle_start(&handle);
}
