// run.c - ch-oci run: make, start and remove a container.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

static const struct opt options[] = {
    OCI_MAKING_OPTIONS,
    OCI_IMAGE_OPTIONS,
    { 'd', "detach", NULL, "do not wait for its end",
      OPT_FLAG(struct making_args, detach) },
    { 0, "keep", NULL, "leave its state when it has ended",
      OPT_FLAG(struct making_args, keep) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_MAKING_SPEC,
    .title = "run",
    .usage = "[OPTION...] run CONTAINER [ARG...]",
    .about = "Make the container that a bundle describes, start it, and wait "
             "for its end.",
    .table = options,
};

int oci_run(const struct oci_args *global, int argc, char **argv)
{
    struct making_args args = { 0 };
    struct creation how;
    int parsed = oci_parse_making(
        &spec, global, &(struct making_words){ argc, argv }, &args, &how);

    if (parsed < 0)
        return parsed == OPT_ANSWERED ? 0 : -1;
    return lifecycle_run(&how);
}
