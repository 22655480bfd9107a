// ch_scrun.c - ch-scrun: an OCI runtime whose containers run as Slurm's jobs.
//
// Its command line is that of ch-oci, some of whose commands it has unchanged,
// as the state of a container is of the same form.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/oci/commands.h"
#include "applets/scrun/scrun.h"
#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/run/seal.h"
#include "core/slurm/note.h"
#include "core/slurm/scrun.h"
#include "core/slurm/sent.h"
#include "core/slurm/srun_options.h"
#include "core/slurm/step.h"

#define NAME "ch-scrun"
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

static const struct scrun_command commands[] = {
    { "create", "make a container that waits to be started", scrun_main_create,
      NULL },
    { "start", "submit the job of a container", NULL, scrun_main_start },
    { "state", "tell how a container is", NULL, oci_state },
    { "kill", "send a signal to a container", NULL, scrun_main_kill },
    { "delete", "remove what is left of a container", NULL, scrun_main_delete },
    { "exec", "run a further process in a container", NULL, scrun_main_exec },
    { "list", "list the containers", NULL, oci_list },
    { "features", "tell what this runtime can do", NULL, oci_features },
    { NULL, NULL, NULL, NULL },
};

static void print_more(void)
{
    const char *name;

    printf("\ncommands (COMMAND --help tells more):\n");
    for (const struct scrun_command *c = commands; c->name != NULL; c++)
        printf("  %-12s %s\n", c->name, c->summary);
    printf("\noptions for srun, as --slurm=NAME=VALUE, $SCRUN_NAME, or "
           "annotation slurm.NAME:\n ");
    for (size_t i = 0; (name = srun_options_name(i)) != NULL; i++)
        printf("%s%s", i > 0 && i % 5 == 0 ? "\n  " : " ", name);
    printf("\n");
}

static const struct opt options[] = { SCRUN_OPTIONS(struct scrun_args),
                                      OPT_END };

static const struct opt_spec spec = {
    OCI_SPEC,
    .usage = "[OPTION...] COMMAND [OPTION...] [ARG...]",
    .about =
        "Run containers in allocations of Slurm's, for podman and its like.",
    .more = print_more,
    .table = options,
    .in_order = 1,
};

// --- on a node

// As shells tell of a program that can't be executed.
static int become_failed(void)
{
    if (err_num() == ENOENT)
        return failed_with(EXIT_NOT_FOUND);
    return failed_with(err_num() == EACCES ? EXIT_NOT_EXECUTABLE : 1);
}

// PROGRAM step CONFIG, or PROGRAM enter CONFIG.
static int be_step(int argc, char **argv)
{
    bool enters = argc > 1 && strcmp(argv[1], "enter") == 0;
    int status;

    if (argc != 3)
        return failed(0, "%s is for " NAME " to call", argv[1]);
    if (seal_program(NAME, argv) < 0)
        return -1;
    status = enters ? step_enter(argv[2]) : step_run(argv[2]);
    return status < 0 ? become_failed() : status;
}

static bool is_step(int argc, char *const *argv)
{
    return argc > 1 &&
           (strcmp(argv[1], "step") == 0 || strcmp(argv[1], "enter") == 0);
}

// --- on the submitting host

static int call(const struct scrun_command *command, struct scrun_args *args,
                int argc, char **argv)
{
    cleanup_free char *root = NULL;

    if (args->oci.root == NULL) {
        root = scrun_usual_root();
        if (root == NULL)
            return -1;
        args->oci.root = root;
    }
    return command->oci != NULL ? command->oci(&args->oci, argc, argv)
                                : command->main(args, argc, argv);
}

static int run(struct scrun_args *args, int argc, char **argv)
{
    int first = opt_parse(&spec, argc, argv, args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (first == argc)
        return failed(0, "COMMAND not specified; see --help");
    // what is wrong from here on is told where the caller looks for it
    if (oci_apply_logging(&args->oci) < 0)
        return -1;
    for (const struct scrun_command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, argv[first]) == 0)
            return call(c, args, argc - first, argv + first);
    return failed(0, "no such command: %s; see --help", argv[first]);
}

int ch_scrun_main(int argc, char **argv)
{
    struct scrun_args args = { 0 };
    int status;

    if (note_is_asked(argc, argv))
        return note_run();
    if (sent_is_over(argc))
        return sent_remove();
    // batch systems give copies of the program other names, so it comes again
    if (argc > 1 && strcmp(argv[1], NAME) == 0)
        argc--, argv++;
    if (is_step(argc, argv))
        return be_step(argc, argv);
    status = run(&args, argc, argv);
    strlist_free(&args.wishes.options);
    // other statuses are the containers'
    return status < 0 ? failed_with(1) : status;
}
