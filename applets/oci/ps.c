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
    .title = "ps",
    .usage = "[OPTION...] ps CONTAINER [OPTION OF PS...]",
    .about = "Print the processes of a container.",
    .table = options,
    .in_order = 1, // what follows the id may be options of ps(1)
};

static void print_json(const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf(i == 0 ? "[%d" : ",%d", (int)pids[i]);
    printf(count == 0 ? "[]\n" : "]\n");
}

// What follows the id is ps's, unless it is our --format.
static int parse_rest(struct ps_args *args, int argc, char **argv)
{
    struct oci_args so_far = args->global;
    const char *word = argc > 1 ? argv[1] : "";
    const char *next = argc > 2 ? argv[2] : "";

    if (strncmp(word, "--format", strlen("--format")) != 0 &&
        (strcmp(word, "-f") != 0 ||
         (strcmp(next, "table") != 0 && strcmp(next, "json") != 0)))
        return 1;
    return oci_parse(&spec, &so_far, argc, argv, args);
}

static int list(const char *root, const char *id, bool as_json, char **words)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    cleanup_free pid_t *pids = NULL;
    size_t count = 0;

    if (handle_open(&handle, root, id) < 0)
        return -1;
    // of one that has ended, there are none
    if (handle_status(&handle) != STATUS_STOPPED) {
        pids = processes_of(&handle.state, &count);
        if (pids == NULL)
            return -1;
    }
    if (!as_json)
        return processes_print(pids, count, words);
    print_json(pids, count);
    return 0;
}

int oci_ps(const struct oci_args *global, int argc, char **argv)
{
    struct ps_args args = { .format = "table" };
    int first = oci_parse(&spec, global, argc, argv, &args);
    const char *id;
    bool as_json;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, argc) < 0)
        return -1;
    id = argv[first];
    argv += first;
    first = parse_rest(&args, argc - first, argv);
    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    as_json = strcmp(args.format, "json") == 0;
    if (!as_json && strcmp(args.format, "table") != 0)
        return failed(0, "--format: %s is neither table nor json", args.format);
    return list(args.global.root, id, as_json, argv + first);
}
