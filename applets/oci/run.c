// run.c - ch-oci run: make, start and remove a container.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = {
    OCI_MAKING_OPTIONS,
    { 'd', "detach", NULL, "do not wait for its end",
      OPT_FLAG(struct making_args, detach) },
    { 0, "keep", NULL, "leave its state when it has ended",
      OPT_FLAG(struct making_args, keep) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "run [OPTION...] ID",
    .about = "Make the container that a bundle describes, start it, and wait "
             "for its end.",
    .table = options,
};

int oci_run(const struct oci_args *global, int argc, char **argv)
{
    struct making_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);
    struct creation how;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0 ||
        oci_creation(&args, argv[first], &how) < 0)
        return -1;
    return lifecycle_run(&how);
}
