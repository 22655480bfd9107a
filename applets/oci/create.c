// create.c - ch-oci create: make a container that waits to be started.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OCI_MAKING_OPTIONS, OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "create [OPTION...] ID",
    .about = "Make the container that a bundle describes; it waits for start.",
    .table = options,
};

int oci_create(const struct oci_args *global, int argc, char **argv)
{
    struct making_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);
    cleanup_bundle struct bundle bundle = { 0 };
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    struct creation how;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0 ||
        oci_creation(&args, argv[first], &how) < 0)
        return -1;
    how.adapt.own_session = true;
    if (bundle_load(&bundle, &how) < 0)
        return -1;
    return lifecycle_create(&how, &bundle, &handle);
}
