// ps.c - ch-oci ps: the processes of a container.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/oci/processes.h"

struct ps_args {
    struct oci_args global;
    const char *format;
};

static const struct opt options[] = {
    { 'f', "format", "FORMAT", "table or json",
      OPT_STR(struct ps_args, format) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "ps [OPTION...] ID",
    .about = "Print the process ids of a container's processes.",
    .table = options,
};

static void print(const pid_t *pids, size_t count, bool as_json)
{
    if (!as_json)
        printf("PID\n");
    for (size_t i = 0; i < count; i++)
        printf(!as_json ? "%d\n" : i == 0 ? "[%d" : ",%d", (int)pids[i]);
    if (as_json)
        printf(count == 0 ? "[]\n" : "]\n");
}

static int list(const char *root, const char *id, bool as_json)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    cleanup_free pid_t *pids = NULL;
    size_t count = 0;

    if (handle_open(&handle, root, id) < 0)
        return -1;
    if (handle_status(&handle) == STATUS_STOPPED)
        return failed(0, "container not running: %s", id);
    pids = processes_of(&handle.state, &count);
    if (pids == NULL)
        return -1;
    print(pids, count, as_json);
    return 0;
}

int oci_ps(const struct oci_args *global, int argc, char **argv)
{
    struct ps_args args = { .format = "table" };
    int first = oci_parse(&spec, global, argc, argv, &args);
    bool as_json = strcmp(args.format, "json") == 0;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0)
        return -1;
    if (!as_json && strcmp(args.format, "table") != 0)
        return failed(0, "--format: %s is neither table nor json", args.format);
    return list(args.global.root, argv[first], as_json);
}
