// exec.c - ch-oci exec: run a further process in a container.
// SPDX-License-Identifier: MIT
#include "core/oci/exec.h"

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"

struct exec_args {
    struct oci_args global;
    const char *process, *cwd, *user, *pid_file, *console_socket;
    const char *apparmor, *label;
    struct strlist env, capabilities, groups, cgroups;
    int preserve_fds;
    const char *pidfd_socket;
    bool detach, terminal, no_new_privileges, no_subreaper, ignore_paused;
};

static const struct opt options[] = {
    { 'p', "process", "FILE", "what it is to be, as in config.json",
      OPT_STR(struct exec_args, process) },
    { 'd', "detach", NULL, "do not wait for its end",
      OPT_FLAG(struct exec_args, detach) },
    { 't', "tty", NULL, "with a terminal",
      OPT_FLAG(struct exec_args, terminal) },
    { 'e', "env", "NAME=VALUE", "a variable besides the container's",
      OPT_LIST(struct exec_args, env) },
    { 0, "cwd", "DIR", "its working directory",
      OPT_STR(struct exec_args, cwd) },
    { 'u', "user", "UID[:GID]", "its user, by number",
      OPT_STR(struct exec_args, user) },
    { 'g', "additional-gids", "GID", "a group besides, by number",
      OPT_LIST(struct exec_args, groups) },
    { 'c', "cap", "CAPABILITY", "one besides the container's",
      OPT_LIST(struct exec_args, capabilities) },
    { 0, "no-new-privs", NULL, "it can't get further privileges",
      OPT_FLAG(struct exec_args, no_new_privileges) },
    { 0, "pid-file", "FILE", "write the process id there",
      OPT_STR(struct exec_args, pid_file) },
    { 0, "console-socket", "SOCKET", "send the terminal's other side there",
      OPT_STR(struct exec_args, console_socket) },
    { 0, "preserve-fds", "N", "keep descriptors 3 to N+2 open",
      OPT_INT(struct exec_args, preserve_fds) },
    { 0, "cgroup", "PATH", "its control group, below the container's",
      OPT_LIST(struct exec_args, cgroups) },
    { 0, "apparmor", "PROFILE", "its AppArmor profile",
      OPT_STR(struct exec_args, apparmor) },
    { 0, "process-label", "LABEL", "its SELinux label",
      OPT_STR(struct exec_args, label) },
    { 0, "pidfd-socket", "SOCKET", "send a descriptor of the process there",
      OPT_STR(struct exec_args, pidfd_socket) },
    { 0, "ignore-paused", NULL, "in a paused container, wait until it runs",
      OPT_FLAG(struct exec_args, ignore_paused) },
    { 0, "no-subreaper", NULL, "of other runtimes; without effect",
      OPT_FLAG(struct exec_args, no_subreaper) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "exec",
    .usage = "[OPTION...] exec CONTAINER cmd [ARG...]",
    .about = "Run a further process in a container.",
    .table = options,
    .in_order = 1, // what follows the id is the command's
};

static struct execution execution_of(const struct exec_args *args,
                                     char *const *words)
{
    return (struct execution){ .process = args->process,
                               .args = (const char *const *)words,
                               .env = args->env,
                               .cwd = args->cwd,
                               .user = args->user,
                               .groups = args->groups,
                               .capabilities = args->capabilities,
                               .terminal = args->terminal,
                               .no_new_privileges = args->no_new_privileges,
                               .apparmor_profile = args->apparmor,
                               .selinux_label = args->label,
                               .cgroups = args->cgroups,
                               .pid_file = args->pid_file,
                               .console_socket = args->console_socket,
                               .pidfd_socket = args->pidfd_socket,
                               .preserve_fds = args->preserve_fds,
                               .ignore_paused = args->ignore_paused,
                               .detach = args->detach };
}

static int run(const struct exec_args *args, int argc, int first, char **argv)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    struct execution how = execution_of(args, argv + first + 1);

    if (oci_expect(&spec, argc, first, args->process != NULL ? 1 : 2, argc) < 0)
        return -1;
    if (handle_open(&handle, args->global.root, argv[first]) < 0)
        return -1;
    return exec_run(&handle, &how);
}

int oci_exec(const struct oci_args *global, int argc, char **argv)
{
    struct exec_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);
    int status;

    if (first < 0)
        status = first == OPT_ANSWERED ? 0 : -1;
    else
        status = run(&args, argc, first, argv);
    strlist_free(&args.env);
    strlist_free(&args.capabilities);
    strlist_free(&args.groups);
    strlist_free(&args.cgroups);
    return status;
}
