// state.c - ch-oci state: how a container is, as JSON.
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/err.h"
#include "core/base/scope.h"

#define SETTLE_MS 200 // for one that is being made to be made

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
    // scripts that have just called create ask until there is an answer, and
    // count on "created" then; hooks, which are told by it, need not ask
    enum status status = lifecycle_settle(handle, SETTLE_MS);
    cleanup_json struct json *document = NULL;
    cleanup_free char *text = NULL;

    if (handle->state.id == NULL)
        return failed(0, "container %s could not be made", handle->folder.id);
    document = state_json(&handle->state, state_word(status),
                          status == STATUS_STOPPED ? 0 : handle->state.pid);
    text = json_text(document, true);
    printf("%s\n", text);
    return 0;
}

int oci_state(const struct oci_args *global, int argc, char **argv)
{
    return oci_on_one(&spec, global, argc, argv, print);
}
