// ch_oci.c - ch-oci: an OCI runtime.
//
// Its callers (podman, containerd, Slurm) know the command lines of runc and
// crun, and are newer or older than this program: options may stand before and
// behind the command, and those that are not known are warned of.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "build/gen/versions.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/oci/log_file.h"
#include "core/run/seal.h"

const struct oci_command oci_commands[] = {
    { "create", "make a container that waits to be started", oci_create },
    { "start", "start a container that was created", oci_start },
    { "state", "tell how a container is", oci_state },
    { "kill", "send a signal to a container", oci_kill },
    { "delete", "remove what is left of a container", oci_delete },
    { "run", "create, start, wait and delete", oci_run },
    { "exec", "run a further process in a container", oci_exec },
    { "list", "list the containers", oci_list },
    { "ps", "tell the processes of a container", oci_ps },
    { "pause", "keep a container from running", oci_pause },
    { "resume", "let a paused container run", oci_resume },
    { "update", "change the limits of a container", oci_update },
    { "events", "tell what a container uses", oci_events },
    { "spec", "write a config.json to begin with", oci_spec },
    { "features", "tell what this runtime can do", oci_features },
    { "checkpoint", NULL, oci_checkpoint },
    { "restore", NULL, oci_restore },
    { NULL, NULL, NULL },
};

const struct opt oci_options[] = {
    { 0, "root", "DIR", "where the state of containers is kept",
      OPT_STR(struct oci_args, root) },
    { 0, "log", "FILE", "write errors and warnings to this file, too",
      OPT_STR(struct oci_args, log) },
    { 0, "log-format", "FORMAT", "of that file: text or json",
      OPT_STR(struct oci_args, log_format) },
    { 0, "log-level", "LEVEL", "error, warning, info or debug",
      OPT_STR(struct oci_args, log_level) },
    { 0, "debug", NULL, "as --log-level=debug",
      OPT_FLAG(struct oci_args, debug) },
    { 0, "systemd-cgroup", NULL, "as --cgroup-manager=systemd",
      OPT_FLAG(struct oci_args, systemd_cgroup) },
    { 0, "cgroup-manager", "MANAGER", "cgroupfs, systemd or disabled",
      OPT_STR(struct oci_args, cgroup_manager) },
    { 0, "rootless", "WHETHER", "of other runtimes; without effect",
      OPT_STR(struct oci_args, rootless) },
    { 0, "criu", "PATH", "of other runtimes; without effect",
      OPT_STR(struct oci_args, criu) },
    OPT_END,
};

static void print_commands(void)
{
    printf("\ncommands (COMMAND --help tells more):\n");
    for (const struct oci_command *c = oci_commands; c->name != NULL; c++)
        if (c->summary != NULL)
            printf("  %-12s %s\n", c->name, c->summary);
}

static const struct opt no_options[] = { OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "",
    .usage = "[OPTION...] COMMAND [OPTION...] [ARG...]",
    .about = "Open Container Initiative runtime",
    .more = print_commands,
    .table = no_options,
    .in_order = 1,
};

// The form that callers of crun read: a line of what is built in at the end.
void oci_print_version(void)
{
    printf("%s version %s\n"
           "commit: %s\n"
           "spec: 1.0.0\n"
           "+CAP +SECCOMP\n",
           log_program_name(), CH_VERSION, CH_VERSION);
}

// --- what the commands call

static int apply_level(const struct oci_args *args)
{
    static const struct {
        const char *word;
        enum log_level level;
    } levels[] = {
        { "panic", LOG_ERROR },  { "fatal", LOG_ERROR }, { "error", LOG_ERROR },
        { "warning", LOG_WARN }, { "warn", LOG_WARN },   { "info", LOG_STEP },
        { "debug", LOG_WHY },    { "trace", LOG_CALL },
    };

    if (args->debug)
        log_level_set(LOG_WHY);
    if (args->log_level == NULL)
        return 0;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i].word, args->log_level) == 0) {
            log_level_set(levels[i].level);
            return 0;
        }
    return failed(0, "--log-level: %s is none of error, warning, info, debug",
                  args->log_level);
}

int oci_apply_logging(const struct oci_args *args)
{
    bool json = false;

    if (args->log_format != NULL) {
        json = strcmp(args->log_format, "json") == 0;
        if (!json && strcmp(args->log_format, "text") != 0)
            return failed(0, "--log-format: %s is neither text nor json",
                          args->log_format);
    }
    if (args->log != NULL && log_file_open(args->log, json) < 0)
        return -1;
    // podman takes the file for one error, and a warning before it for trouble
    if (json && args->log != NULL)
        log_level_set(LOG_ERROR);
    return apply_level(args);
}

int oci_parse(const struct opt_spec *spec_of_command,
              const struct oci_args *global, int argc, char **argv, void *args)
{
    int first;

    memcpy(args, global, sizeof *global);
    first = opt_parse(spec_of_command, argc, argv, args);
    if (first >= 0 && oci_apply_logging(args) < 0)
        return -1;
    return first;
}

int oci_expect(const struct opt_spec *spec_of_command, int argc, int first,
               int least, int most)
{
    int count = argc - first;

    if (count >= least && count <= most)
        return 0;
    return failed(0, "%s arguments; usage: %s %s",
                  count < least ? "too few" : "too many", log_program_name(),
                  spec_of_command->usage);
}

int oci_on_one(const struct opt_spec *spec_of_command,
               const struct oci_args *global, int argc, char **argv,
               int (*body)(struct container_handle *handle))
{
    struct oci_args args;
    int first = oci_parse(spec_of_command, global, argc, argv, &args);
    cleanup_handle struct container_handle handle = HANDLE_NONE;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(spec_of_command, argc, first, 1, 1) < 0 ||
        handle_open(&handle, args.root, argv[first]) < 0)
        return -1;
    return body(&handle);
}

int oci_delete_one(const char *root, const char *id, bool force,
                   int (*body)(struct container_handle *handle, bool force))
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;

    if (handle_open(&handle, root, id) == 0)
        return body(&handle, force);
    if (!force || err_num() != ENOENT)
        return -1;
    err_clear();
    return 0;
}

int oci_cgroup_manager(const struct oci_args *args,
                       enum cgroup_manager *manager)
{
    *manager = args->systemd_cgroup ? CGROUP_SYSTEMD : CGROUP_FILES;
    if (args->cgroup_manager == NULL)
        return 0;
    return cgroup_manager_of(args->cgroup_manager, manager);
}

static const struct oci_command *find(const char *name)
{
    for (const struct oci_command *c = oci_commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int refuse_command(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return failed(0,
                          "No help topic for '%s': no such command; see "
                          "--help",
                          argv[0]);
    return failed(0, "no such command: %s; see --help", argv[0]);
}

// Does a process of ours become one of a container by it?
static bool enters_container(const struct oci_command *command)
{
    return command->main == oci_create || command->main == oci_run ||
           command->main == oci_exec;
}

// Of exec, one that hardly is the program's own: as runc has it.
static int status_of_failure(const struct oci_command *command)
{
    return command->main == oci_exec ? 255 : 1;
}

int ch_oci_main(int argc, char **argv)
{
    struct oci_args args = { 0 };
    const struct oci_command *command;
    int first, status;

    if (argc == 2 && strcmp(argv[1], "-v") == 0) { // runc's
        oci_print_version();
        return 0;
    }
    first = opt_parse(&spec, argc, argv, &args);
    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (first == argc)
        return failed(0, "COMMAND not specified; see --help");
    // what is wrong from here on is told where the caller looks for it
    if (oci_apply_logging(&args) < 0)
        return -1;
    command = find(argv[first]);
    if (command == NULL)
        return refuse_command(argc - first, argv + first);
    if (enters_container(command) && seal_program(log_program_name(), argv) < 0)
        return failed_with(status_of_failure(command));
    status = command->main(&args, argc - first, argv + first);
    // other statuses are the containers'
    return status < 0 ? failed_with(status_of_failure(command)) : status;
}
