// command.c - the command lines that srun is run by.
//
// --quiet twice: srun would tell of each exit status that is not 0, on top of
// what the program says. Before --chdir and --export=NONE could fail or bring
// in something of this host, they are said.
// SPDX-License-Identifier: MIT
#include "core/slurm/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/slurm/note.h"

// Words to the list; NULL ends them.
static int add(struct strlist *list, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlist_add(list, *words) < 0)
            return -1;
    return 0;
}

static int add_list(struct strlist *list, const struct strlist *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (strlist_add(list, more->items[i]) < 0)
            return -1;
    return 0;
}

static int add_option(struct strlist *list, const char *name, const char *value)
{
    char *word = str_printf("--%s=%s", name, value);

    return word == NULL ? -1 : strlist_take(list, word);
}

static int finish(struct command *command)
{
    // a list is followed by a NULL
    command->words = (const char *const *)command->list.items;
    return 0;
}

static const char *const silent[] = { "srun", "--quiet", "--quiet", NULL };
static const char *const plain[] = { "--chdir=/", "--export=NONE", NULL };

// The folder's path, where srun is to find this program and the state.
static int add_note(struct strlist *list, const struct folder *folder)
{
    char path[FS_FD_PATH];
    cleanup_free char *state = fs_readlink(-1, fs_fd_path(path, folder->dir));
    cleanup_free char *program = NULL;

    if (state == NULL)
        return failed(errno, "can't find the path of the state");
    program = str_printf("%s/" RECORD_PROGRAM, state);
    if (program == NULL || setenv(NOTE_STATE, state, 1) < 0)
        return failed(ENOMEM, "can't name the state");
    return add_option(list, "prolog", program);
}

int command_srun(struct command *command, const struct parts *parts,
                 const struct spec *spec, const struct scrun_settings *settings,
                 const struct folder *folder)
{
    const char *const program[] = { parts->node_program, "ch-scrun", "step",
                                    parts->node_config, NULL };
    struct strlist *list = &command->list;

    if (add(list, silent) < 0 || add_option(list, "job-name", "ch-scrun") < 0 ||
        add(list, plain) < 0 || add_note(list, folder) < 0)
        return -1;
    if (spec->jail.process.terminal && strlist_add(list, "--pty") < 0)
        return -1;
    if (add_list(list, &settings->srun) < 0)
        return -1;
    if (parts->own_program != NULL &&
        add_option(list, "bcast", parts->node_program) < 0)
        return -1;
    if (strlist_add(list, "--") < 0)
        return -1;
    // with --bcast, srun wants the program that is to be sent
    if (parts->own_program != NULL) {
        const char *const sent[] = { parts->own_program, "ch-scrun", "step",
                                     parts->node_config, NULL };

        return add(list, sent) < 0 ? -1 : finish(command);
    }
    return add(list, program) < 0 ? -1 : finish(command);
}

int command_check(struct command *command,
                  const struct scrun_settings *settings)
{
    static const char *const first[] = { "srun", "--test-only", NULL };
    static const char *const last[] = { "--", "true", NULL };
    struct strlist *list = &command->list;

    if (add(list, first) < 0 || add(list, plain) < 0 ||
        add_list(list, &settings->srun) < 0 || add(list, last) < 0)
        return -1;
    return finish(command);
}

int command_exec(struct command *command, const struct scrun_record *record,
                 const char *step, const struct exec_words *what)
{
    const char *const program[] = { "--",    record->program, "ch-scrun",
                                    "enter", record->config,  what->process,
                                    NULL };
    static const char *const one[] = { "--overlap",      "--relative=0",
                                       "--nodes=1",      "--ntasks=1",
                                       "--immediate=60", NULL };
    cleanup_free char *job = str_ndup(step, strcspn(step, "."));
    struct strlist *list = &command->list;

    if (job == NULL || add(list, silent) < 0 || add(list, plain) < 0 ||
        add(list, one) < 0 || add_option(list, "jobid", job) < 0)
        return -1;
    if (what->terminal && strlist_add(list, "--pty") < 0)
        return -1;
    return add(list, program) < 0 ? -1 : finish(command);
}

void command_free(struct command *command)
{
    strlist_free(&command->list);
    command->words = NULL;
}
