// create.c - ch-scrun create: make a container that waits to be started.
// SPDX-License-Identifier: MIT
#include "applets/scrun/scrun.h"
#include "core/slurm/scrun.h"

struct create_args {
    struct making_args making;
    struct scrun_wishes wishes;
};

static const struct opt options[] = { OCI_MAKING_OPTIONS,
                                      SCRUN_OPTIONS(struct create_args),
                                      OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "create [OPTION...] ID",
    .about = "Make the container that a bundle describes; it waits for start, "
             "which submits a job.",
    .table = options,
};

static int create(const struct create_args *args, int argc, int first,
                  char **argv)
{
    struct creation how;

    if (oci_expect(&spec, argc, first, 1, 1) < 0 ||
        oci_creation(&args->making, argv[first], &how) < 0)
        return -1;
    return scrun_create(&how, &args->wishes);
}

int scrun_main_create(const struct scrun_args *global, int argc, char **argv)
{
    struct create_args args = { .wishes = { .stage = global->wishes.stage } };
    const struct strlist *before = &global->wishes.options;
    int status = 0;
    int first;

    for (size_t i = 0; status == 0 && i < before->count; i++)
        status = strlist_add(&args.wishes.options, before->items[i]);
    first = status < 0 ? -1 : oci_parse(&spec, &global->oci, argc, argv, &args);
    if (first >= 0)
        status = create(&args, argc, first, argv);
    else
        status = first == OPT_ANSWERED ? 0 : -1;
    strlist_free(&args.wishes.options);
    return status;
}
