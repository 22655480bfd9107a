// kill.c - ch-scrun kill: send a signal to a container.
// SPDX-License-Identifier: MIT
#include "applets/scrun/scrun.h"
#include "core/slurm/scrun.h"

struct kill_args {
    struct oci_args global;
    bool all;
};

static const struct opt options[] = {
    { 'a', "all", NULL,
      "no error if it has ended; all of its processes get it anyway",
      OPT_FLAG(struct kill_args, all) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "kill [OPTION...] ID [SIGNAL]",
    .about = "Send a signal to a container: TERM, or a name or number.",
    .table = options,
};

int scrun_main_kill(const struct oci_args *global, int argc, char **argv)
{
    struct kill_args args = { 0 };
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    int first = oci_parse(&spec, global, argc, argv, &args);
    int signal;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 2) < 0)
        return -1;
    signal = lifecycle_signal(argc - first > 1 ? argv[first + 1] : "TERM");
    if (signal < 0 || handle_open(&handle, args.global.root, argv[first]) < 0)
        return -1;
    // podman takes its end for done, and tells of an error
    if (args.all && handle_status(&handle) == STATUS_STOPPED)
        return 0;
    return scrun_kill(&handle, signal);
}
