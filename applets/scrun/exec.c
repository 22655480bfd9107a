// exec.c - ch-scrun exec: run a further process in a container.
// SPDX-License-Identifier: MIT
#include "applets/scrun/scrun.h"
#include "core/slurm/scrun.h"

struct exec_args {
    struct oci_args global;
    struct execution how;
};

#define HOW(field) OPT_STR(struct exec_args, how.field)

static const struct opt options[] = {
    { 'p', "process", "FILE", "what it is to be, as in config.json",
      HOW(process) },
    { 'd', "detach", NULL, "do not wait for its end",
      OPT_FLAG(struct exec_args, how.detach) },
    { 't', "tty", NULL, "with a terminal",
      OPT_FLAG(struct exec_args, how.terminal) },
    { 'e', "env", "NAME=VALUE", "a variable besides the container's",
      OPT_LIST(struct exec_args, how.env) },
    { 0, "cwd", "DIR", "its working directory", HOW(cwd) },
    { 'u', "user", "UID[:GID]", "its user, by number", HOW(user) },
    { 0, "no-new-privs", NULL, "it can't get further privileges",
      OPT_FLAG(struct exec_args, how.no_new_privileges) },
    { 0, "pid-file", "FILE", "write the process id there", HOW(pid_file) },
    { 0, "console-socket", "SOCKET", "send the terminal's other side there",
      HOW(console_socket) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "exec [OPTION...] ID COMMAND [ARG...]",
    .about = "Run a further process in a container, in its job.",
    .table = options,
    .in_order = 1, // what follows the id is the command's
};

static int run(struct exec_args *args, int argc, int first, char **argv)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;

    if (oci_expect(&spec, argc, first, args->how.process != NULL ? 1 : 2,
                   argc) < 0 ||
        handle_open(&handle, args->global.root, argv[first]) < 0)
        return -1;
    args->how.args = (const char *const *)argv + first + 1;
    return scrun_exec(&handle, &args->how);
}

int scrun_main_exec(const struct oci_args *global, int argc, char **argv)
{
    struct exec_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);
    int status;

    if (first < 0)
        status = first == OPT_ANSWERED ? 0 : -1;
    else
        status = run(&args, argc, first, argv);
    strlist_free(&args.how.env);
    return status;
}
