// delete.c - ch-scrun delete: remove what is left of a container.
// SPDX-License-Identifier: MIT
#include "applets/scrun/scrun.h"
#include "core/slurm/scrun.h"

struct delete_args {
    struct oci_args global;
    bool force;
};

static const struct opt options[] = {
    { 'f', "force", NULL, "kill it before; no error if there is none",
      OPT_FLAG(struct delete_args, force) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "delete [OPTION...] ID",
    .about = "Remove what is left of a container.",
    .table = options,
};

int scrun_main_delete(const struct oci_args *global, int argc, char **argv)
{
    struct delete_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0)
        return -1;
    return oci_delete_one(args.global.root, argv[first], args.force,
                          scrun_delete);
}
