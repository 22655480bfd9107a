// kill.c - ch-oci kill: send a signal to a container.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/many.h"
#include "applets/oci/oci.h"

struct kill_args {
    struct oci_args global;
    bool all;
    bool regex;
    int signal;
};

static const struct opt options[] = {
    { 'a', "all", NULL, "to all of its processes",
      OPT_FLAG(struct kill_args, all) },
    { 'r', "regex", NULL, "ID is a regular expression (ERE)",
      OPT_FLAG(struct kill_args, regex) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "kill",
    .usage = "[OPTION...] kill CONTAINER [SIGNAL]",
    .about = "Send a signal to a container: TERM, or a name or number.",
    .table = options,
};

static int kill_one(const void *arguments, const char *id)
{
    const struct kill_args *args = arguments;
    cleanup_handle struct container_handle handle = HANDLE_NONE;

    if (handle_open(&handle, args->global.root, id) < 0)
        return -1;
    return lifecycle_kill(&handle, args->signal, args->all);
}

int oci_kill(const struct oci_args *global, int argc, char **argv)
{
    struct kill_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 2) < 0)
        return -1;
    args.signal = lifecycle_signal(argc - first > 1 ? argv[first + 1] : "TERM");
    if (args.signal < 0)
        return -1;
    if (!args.regex)
        return kill_one(&args, argv[first]);
    return oci_for_matching(args.global.root, argv[first], kill_one, &args);
}
