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
#include "core/slurm/sent.h"
#include "core/slurm/step.h"

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
static const char *const plain[] = { "--chdir=/", NULL };
static const char *const bare[] = { "--export=NONE", NULL };

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

// What goes along is removed by the program itself, which comes without its
// name.
static int add_sending(struct strlist *list, const struct parts *parts)
{
    char *word = str_printf("--export=CH_APPLET=ch-scrun," SENT_CONFIG "=%s",
                            parts->node_config);

    if (word == NULL || strlist_take(list, word) < 0)
        return -1;
    return add_option(list, "task-epilog", parts->node_program);
}

static int add_program(struct strlist *list, const struct parts *parts)
{
    const char *const words[] = { "--",   parts->node_program, "ch-scrun",
                                  "step", parts->node_config,  NULL };

    return add(list, words);
}

int command_srun(struct command *command, const struct parts *parts,
                 const struct spec *spec, const struct scrun_settings *settings,
                 const struct folder *folder)
{
    struct strlist *list = &command->list;

    if (add(list, silent) < 0 || add_option(list, "job-name", "ch-scrun") < 0 ||
        add(list, plain) < 0 || add_note(list, folder) < 0)
        return -1;
    if ((parts->bcast ? add_sending(list, parts) : add(list, bare)) < 0)
        return -1;
    if (spec->jail.process.terminal && strlist_add(list, "--pty") < 0)
        return -1;
    if (add_list(list, &settings->srun) < 0 || add_program(list, parts) < 0)
        return -1;
    return finish(command);
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
                 const char *step, bool terminal)
{
    const char *const program[] = { "--",    record->program, "ch-scrun",
                                    "enter", record->config,  NULL };
    static const char *const process[] = { "--export=" STEP_PROCESS, NULL };
    static const char *const one[] = { "--overlap",      "--relative=0",
                                       "--nodes=1",      "--ntasks=1",
                                       "--immediate=60", NULL };
    cleanup_free char *job = str_ndup(step, strcspn(step, "."));
    struct strlist *list = &command->list;

    if (job == NULL || add(list, silent) < 0 || add(list, plain) < 0 ||
        add(list, process) < 0 || add(list, one) < 0 ||
        add_option(list, "jobid", job) < 0)
        return -1;
    if (terminal && strlist_add(list, "--pty") < 0)
        return -1;
    return add(list, program) < 0 ? -1 : finish(command);
}

void command_free(struct command *command)
{
    strlist_free(&command->list);
    command->words = NULL;
}
