// delete.c - ch-oci delete: remove what is left of a container.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/many.h"
#include "applets/oci/oci.h"

struct delete_args {
    struct oci_args global;
    bool force;
    bool regex;
};

static const struct opt options[] = {
    { 'f', "force", NULL, "kill it before; no error if there is none",
      OPT_FLAG(struct delete_args, force) },
    { 'r', "regex", NULL, "ID is a regular expression (ERE)",
      OPT_FLAG(struct delete_args, regex) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "delete",
    .usage = "[OPTION...] delete CONTAINER",
    .about = "Remove what is left of a container.",
    .table = options,
};

static int delete_one(const void *arguments, const char *id)
{
    const struct delete_args *args = arguments;

    return oci_delete_one(args->global.root, id, args->force, lifecycle_delete);
}

int oci_delete(const struct oci_args *global, int argc, char **argv)
{
    struct delete_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0)
        return -1;
    if (!args.regex)
        return delete_one(&args, argv[first]);
    return oci_for_matching(args.global.root, argv[first], delete_one, &args);
}
