// state.c - ch-oci state: how a container is, as JSON.
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/scope.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "state",
    .usage = "[OPTION...] state CONTAINER",
    .about = "Print how the container is, as JSON.",
    .table = options,
};

static int print(struct container_handle *handle)
{
    enum status status = handle_status(handle);
    cleanup_json struct json *document =
        state_json(&handle->state, state_word(status),
                   status == STATUS_STOPPED ? 0 : handle->state.pid);
    cleanup_free char *text = json_text(document, true);

    printf("%s\n", text);
    return 0;
}

int oci_state(const struct oci_args *global, int argc, char **argv)
{
    return oci_on_one(&spec, global, argc, argv, print);
}
