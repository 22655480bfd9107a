// state.c - ch-oci state: how a container is, as JSON.
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/scope.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "state ID",
    .about = "Print how the container is, as JSON.",
    .table = options,
};

int oci_state(const struct oci_args *global, int argc, char **argv)
{
    struct oci_args args;
    int first = oci_parse(&spec, global, argc, argv, &args);
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    cleanup_json struct json *document = NULL;
    cleanup_free char *text = NULL;
    enum status status;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0 ||
        handle_open(&handle, args.root, argv[first]) < 0)
        return -1;
    status = handle_status(&handle);
    document = state_json(&handle.state, state_word(status),
                          status == STATUS_STOPPED ? 0 : handle.state.pid);
    text = json_text(document, true);
    printf("%s\n", text);
    return 0;
}
