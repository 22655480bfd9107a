// checkpoint.c - ch-oci checkpoint and restore: not built in.
//
// Both need CRIU, a library and a program of its own that a static binary can't
// bring along.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/err.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec checkpoint = {
    OCI_SPEC,
    .title = "checkpoint",
    .usage = "[OPTION...] checkpoint CONTAINER",
    .about = "Not built in: it needs CRIU.",
    .table = options,
};

static const struct opt_spec restore = {
    OCI_SPEC,
    .title = "restore",
    .usage = "[OPTION...] restore CONTAINER",
    .about = "Not built in: it needs CRIU.",
    .table = options,
};

// Whatever is asked for but help.
static int refuse(const struct opt_spec *spec, const struct oci_args *global,
                  int argc, char **argv)
{
    struct oci_args args;
    int first = oci_parse(spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    return failed(0, "%s is not built in: it needs CRIU", spec->title);
}

int oci_checkpoint(const struct oci_args *global, int argc, char **argv)
{
    return refuse(&checkpoint, global, argc, argv);
}

int oci_restore(const struct oci_args *global, int argc, char **argv)
{
    return refuse(&restore, global, argc, argv);
}
