// create.c - ch-oci create: make a container that waits to be started.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = { OCI_MAKING_OPTIONS, OCI_IMAGE_OPTIONS,
                                      OPT_END };

static const struct opt_spec spec = {
    OCI_MAKING_SPEC,
    .title = "create",
    .usage = "[OPTION...] create CONTAINER [ARG...]",
    .about = "Make the container that a bundle describes; it waits for start.",
    .table = options,
};

int oci_create(const struct oci_args *global, int argc, char **argv)
{
    struct making_args args = { 0 };
    cleanup_bundle struct bundle bundle = { 0 };
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    struct creation how;
    int parsed = oci_parse_making(
        &spec, global, &(struct making_words){ argc, argv }, &args, &how);

    if (parsed < 0)
        return parsed == OPT_ANSWERED ? 0 : -1;
    how.adapt.own_session = true;
    if (bundle_load(&bundle, &how) < 0)
        return -1;
    return lifecycle_create(&how, &bundle, &handle);
}
