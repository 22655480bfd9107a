// ch_run.c - ch-run: run a command in a container.
//
// Option by option compatible with Charliecloud's ch-run(1).
// SPDX-License-Identifier: MIT
#include "applets/applets.h"
#include "applets/run/args.h"
#include "core/base/err.h"
#include "core/base/opt.h"
#include "core/run/launch.h"

static int set_mount_point(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "mount point can't be empty string");
    ((struct args *)p)->plan.mount_point = value;
    return 0;
}

static const struct opt options[] = {
    { 'b', "bind", "SRC[:DST]", "mount SRC at guest DST (default: same as SRC)",
      OPT_CALL(args_bind) },
    { 'c', "cd", "DIR", "initial working directory in container",
      OPT_STR(struct args, plan.directory) },
    { 0, "env-no-expand", NULL, "don't expand $ in --set-env input",
      OPT_FLAG(struct args, no_expand) },
    { 'g', "gid", "GID", "run as GID within container", OPT_CALL(args_gid) },
    { 0, "home", NULL, "mount host $HOME at guest /home/$USER (implies -W)",
      OPT_CALL(args_home) },
    { 'm', "mount", "DIR", "SquashFS mount point (default: none needed)",
      OPT_CALL(set_mount_point) },
    { 0, "no-passwd", NULL, "don't bind-mount /etc/{passwd,group}",
      OPT_FLAG(struct args, plan.image_users) },
    { 't', "private-tmp", NULL, "use container-private /tmp",
      OPT_FLAG(struct args, plan.private_tmp) },
    { 'q', "quiet", NULL, "print less output", OPT_CALL(args_quiet) },
    { 0, "seccomp", NULL, "fake success for some syscalls with seccomp(2)",
      OPT_FLAG(struct args, plan.root_emulation) },
    { 0, "self", NULL,
      "put this program and its applets at /usr/bin of the container",
      OPT_CALL(args_self) },
    { 0, "set-env", "[ARG]",
      "set environment variables: NAME=VALUE, or a file of such lines "
      "(default: the image's /ch/environment)",
      OPT_CALL(args_set_env) },
    { 0, "set-env0", "[ARG]", "the same with NUL instead of newline",
      OPT_CALL(args_set_env0) },
    { 'u', "uid", "UID", "run as UID within container", OPT_CALL(args_uid) },
    { 0, "unset-env", "GLOB", "unset environment variables that match",
      OPT_CALL(args_unset_env) },
    { 0, "userns-range", NULL,
      "map the ids of /etc/subuid and /etc/subgid too (implies --no-passwd)",
      OPT_CALL(args_userns_range) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_CALL(args_verbose) },
    { 'w', "write", NULL, "mount image read-write (avoid)",
      OPT_FLAG(struct args, plan.write) },
    { 'W', "write-fake", "[SIZE]",
      "overlay read-write tmpfs on top of image (default size: " OVERLAY_DEFAULT
      ")",
      OPT_STR(struct args, plan.overlay_size), .fallback = OVERLAY_DEFAULT },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE -- COMMAND [ARG...]",
    .about = "Run COMMAND in a container made from IMAGE, a directory or a "
             "SquashFS file.",
    .table = options,
    .in_order = 2, // what follows COMMAND is its own
};

static int run(int argc, char **argv)
{
    struct args args = { 0 };
    int first;

    container_defaults(&args.plan);
    first = opt_parse(&spec, argc, argv, &args);
    if (first == -2)
        return 0;
    if (first < 0)
        return -1;
    if (argc - first < 2)
        return failed(0, "IMAGE and/or COMMAND not specified; see --help");
    if (args.plan.write && args.plan.overlay_size != NULL)
        return failed(0, "--write and --write-fake%s exclude each other",
                      args.plan.home == HOME_HOST ? " (implied by --home)"
                                                  : "");
    args.plan.image = argv[first];
    args.plan.argv = argv + first + 1;
    return launch(&args.plan);
}

int ch_run_main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (status < 0 && err_exit_code() != EXIT_EXEC)
        failed_with(EXIT_RUN);
    return status;
}
