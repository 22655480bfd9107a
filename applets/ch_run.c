// ch_run.c - ch-run: run a command in a container.
//
// Option by option compatible with Charliecloud's ch-run(1).
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/run/args.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/proc.h"
#include "core/run/cdi.h"
#include "core/run/launch.h"
#include "core/run/plan_print.h"

static int set_directory(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "--cd: the name of the directory is empty");
    ((struct args *)p)->plan.directory = value;
    return 0;
}

static const struct opt options[] = {
    { 0, "abort-fatal", NULL, "abort on an error, maybe dumping core",
      OPT_FLAG(struct args, abort_fatal) },
    { 'b', "bind", "SRC[:DST[:OPT,...]]",
      "mount SRC at guest DST (default: same as SRC)", OPT_CALL(args_bind) },
    { 0, "cache", "SIZE", "memory of the image server for decompressed data",
      OPT_SIZE(struct args, plan.fuse_cache) },
    { 'c', "cd", "DIR", "initial working directory in container",
      OPT_CALL(set_directory) },
    { 'd', "cdi", "[KIND]", "inject CDI resources (default: all; implies -W)",
      OPT_CALL(args_cdi) },
    { 0, "cdi-dirs", "PATHS",
      "look for CDI files here (default: " CDI_DIRECTORIES ")",
      OPT_CALL(args_cdi_directories) },
    { 0, "color", "[WHEN]",
      "colour messages: auto (default), yes (without WHEN), no",
      OPT_CALL(args_color) },
    { 0, "dry-run", NULL, "print what would be done, and do nothing",
      OPT_FLAG(struct args, dry_run) },
    { 0, "env-no-expand", NULL, "don't expand $ in --set-env input",
      OPT_FLAG(struct args, no_expand) },
    { 0, "feature", "FEAT", "exit with 0 if FEAT is built in, else with 87",
      OPT_STR(struct args, feature) },
    { 0, "fuse", "WHEN",
      "use FUSE for a SquashFS file: require, prefer or never (default: "
      "prefer)",
      OPT_CALL(args_fuse), .later = true },
    { 0, "fuse-single", NULL, "serve the image by a single thread",
      OPT_CALL(args_fuse_single) },
    { 'g', "gid", "GID", "run as GID within container", OPT_CALL(args_gid) },
    { 0, "home", NULL, "mount host $HOME at guest /home/$USER (implies -W)",
      OPT_CALL(args_home) },
    { 0, "inject", "FILE", "inject libraries of the host that FILE lists",
      OPT_CALL(args_inject) },
    { 'j', "join", NULL, "use same container as peer ch-run",
      OPT_CALL(args_join) },
    { 0, "join-ct", "N", "number of join peers (implies --join; not needed)",
      OPT_CALL(args_join_count) },
    { 0, "join-pid", "PID", "join the container of process PID",
      OPT_CALL(args_join_pid) },
    { 0, "join-tag", "TAG", "label for peer group (implies --join)",
      OPT_CALL(args_join_tag) },
    { 0, "json", NULL, "with --dry-run: print JSON",
      OPT_FLAG(struct args, json) },
    { 'm', "mount", "DIR", "SquashFS mount point (default: none needed)",
      OPT_CALL(args_mount) },
    { 0, "no-passwd", NULL, "don't bind-mount /etc/{passwd,group}",
      OPT_FLAG(struct args, plan.image_users) },
    { 0, "no-share", NULL, "share nothing with other ranks of the job step",
      OPT_CALL(args_no_share), .later = true },
    { 0, "offset", "N", "the image begins N bytes into its file",
      OPT_SIZE(struct args, plan.offset) },
    { 0, "overlay", "DIR[:ro]",
      "keep changes of the image in DIR; with :ro, only show those kept there",
      OPT_CALL(args_overlay) },
    { 0, "platform", "OS/ARCH[/VARIANT]",
      "which of several images of layers is run (default: this machine's)",
      OPT_CALL(args_platform), .later = true },
    { 0, "prefetch", "FILE",
      "fetch what FILE lists before it is asked for; auto: by the image's list",
      OPT_CALL(args_prefetch), .later = true },
    { 't', "private-tmp", NULL, "use container-private /tmp",
      OPT_FLAG(struct args, plan.private_tmp) },
    { 'q', "quiet", NULL, "print less output (can be repeated)",
      OPT_CALL(args_quiet) },
    { 0, "record", "FILE",
      "write to FILE which files of the image are read, in that order",
      OPT_CALL(args_record), .later = true },
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
    { 0, "stats", "FILE",
      "write to FILE at the end what the server of the image has done",
      OPT_CALL(args_stats), .later = true },
    { 's', "storage", "DIR", "run images by name from storage directory DIR",
      OPT_CALL(args_storage) },
    { 0, "test", "TEST", "do test TEST: log, log-fail",
      OPT_STR(struct args, test) },
    { 0, "threads", "N", "serve the image by at most N threads",
      OPT_CALL(args_threads), .later = true },
    { 'u', "uid", "UID", "run as UID within container", OPT_CALL(args_uid) },
    { 0, "unsafe", NULL, "do unsafe things (internal use only)",
      OPT_FLAG(struct args, plan.unsafe) },
    { 0, "unpack-size", "SIZE",
      "memory for an image that is unpacked (default: half of what is "
      "available)",
      OPT_SIZE(struct args, plan.unpack_size) },
    { 0, "unset-env", "GLOB", "unset environment variables that match",
      OPT_CALL(args_unset_env) },
    { 0, "userns-range", NULL,
      "map the ids of /etc/subuid and /etc/subgid too (implies --no-passwd)",
      OPT_CALL(args_userns_range), .later = true },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_CALL(args_verbose) },
    { 0, "warnings", "N", "log N warnings and exit",
      OPT_INT(struct args, warnings) },
    { 'w', "write", NULL, "mount image read-write (avoid)",
      OPT_FLAG(struct args, plan.write) },
    { 'W', "write-fake", "[SIZE]",
      "overlay read-write tmpfs on top of image (default size: " OVERLAY_DEFAULT
      ")",
      OPT_CALL(args_write_fake) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE -- [COMMAND [ARG...]]",
    .about = "Run COMMAND in IMAGE: directory, SquashFS or tar file, name in "
             "storage, or /.",
    .table = options,
    .in_order = 2, // what follows COMMAND is its own
};

// One that is about the image's server; NULL: none was given.
static const char *server_option(const struct args *args)
{
    const struct container *plan = &args->plan;

    if (plan->record != NULL)
        return "--record";
    if (plan->report != NULL)
        return "--stats";
    return plan->prefetch != NULL ? "--prefetch" : NULL;
}

static int check(struct args *args)
{
    if (args->json && !args->dry_run)
        return failed(0, "--json is about --dry-run, which is not given");
    if (args->plan.peers.pid != 0 && server_option(args) != NULL)
        return failed(0,
                      "%s incompatible with --join-pid: the container has "
                      "its image already",
                      server_option(args));
    return args_settle_changes(args);
}

// IMAGE, and COMMAND, which may be the image's own.
static void take_operands(struct container *plan, char **operands)
{
    plan->image = operands[0];
    plan->argv = operands + 1;
    plan->default_command =
        plan->argv[0] == NULL || strcmp(plan->argv[0], "-") == 0;
    if (plan->argv[0] != NULL && plan->default_command)
        plan->argv++;
    plan->host = args_is_host(plan->image);
    if (plan->host)
        plan->image_users = true;
}

static int run(int argc, char **argv, struct args *args)
{
    int first, answer;

    container_defaults(&args->plan);
    first = opt_parse(&spec, argc, argv, args);
    if (first == OPT_ANSWERED)
        return 0;
    if (first < 0)
        return -1;
    answer = args_answer(args);
    if (answer != ARGS_NO_QUESTION)
        return answer;
    if (argc == first)
        return failed(0, "IMAGE and/or COMMAND not specified; see --help");
    if (check(args) < 0 || args_read_injections(args) < 0 ||
        args_find_peers(args) < 0)
        return -1;
    take_operands(&args->plan, argv + first);
    if (args->dry_run)
        return plan_print(&args->plan, args->json);
    return launch(&args->plan);
}

int ch_run_main(int argc, char **argv)
{
    struct args args = { .warnings = -1 };
    int status;

    log_color_set(LOG_COLOR_AUTO);
    status = proc_finish_stdout(run(argc, argv, &args));
    if (status < 0 && err_exit_code() == EXIT_FAILURE)
        failed_with(EXIT_RUN);
    if (status < 0 && args.abort_fatal && err_exit_code() != EXIT_EXEC) {
        log_pending_error();
        abort();
    }
    return status;
}
