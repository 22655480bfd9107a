// features.c - ch-oci features: what this runtime can do, as JSON.
// SPDX-License-Identifier: MIT
#include "core/oci/features.h"

#include <stdio.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/scope.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "features",
    .usage = "[OPTION...] features",
    .about = "Print what this runtime can do, as JSON.",
    .table = options,
};

int oci_features(const struct oci_args *global, int argc, char **argv)
{
    struct oci_args args;
    int first = oci_parse(&spec, global, argc, argv, &args);
    cleanup_free char *text = NULL;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 0, 0) < 0)
        return -1;
    text = features_text();
    printf("%s\n", text);
    return 0;
}
