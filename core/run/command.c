// command.c - the last steps of a start, in the container.
// SPDX-License-Identifier: MIT
#include "core/run/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/seccomp.h"
#include "core/run/default_command.h"
#include "core/run/env.h"
#include "core/run/execute.h"

static int enter_directory(const struct container *plan, const char *here)
{
    if (plan->directory != NULL)
        log_call("chdir(%s)", plan->directory);
    if (plan->directory != NULL && chdir(plan->directory) < 0)
        return failed(errno, "can't cd to %s", plan->directory);
    // he may have come there on a way that is closed to him by now
    if (plan->directory == NULL && here != NULL && chdir(here) < 0)
        log_warn("can't stay in %s: %s", here, errno_text(errno));
    return env_tell_directory();
}

static int silence(int fd, const char *name)
{
    cleanup_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, fd) < 0)
        return failed(errno, "can't silence the standard %s", name);
    return 0;
}

static int silence_streams(const struct container *plan)
{
    if (plan->no_stdout && silence(STDOUT_FILENO, "output") < 0)
        return -1;
    return plan->no_stderr ? silence(STDERR_FILENO, "error output") : 0;
}

// Slurm's --container has the first word looked up on the node, so that "sh" is
// /usr/bin/sh where the image has it elsewhere: what is not there is meant by
// its name. NULL: nothing of the kind.
static char *find_foreign(const char *word)
{
    const char *rank = getenv("SLURM_PROCID");
    char *file;

    if (getenv("SLURM_CONTAINER") == NULL || word[0] != '/' ||
        access(word, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return NULL;
    file = execute_find(strrchr(word, '/') + 1);
    if (file != NULL && (rank == NULL || strcmp(rank, "0") == 0))
        log_warn("%s is not in the image: running %s (the batch system looked "
                 "it up on the node)",
                 word, file);
    return file;
}

// The same words but for the first, which is taken over. 0, or -1 after
// failed().
static int replace_first(struct strlist *own, char *first, char *const *argv)
{
    if (strlist_take(own, first) < 0)
        return -1;
    for (size_t i = 1; argv[i] != NULL; i++)
        if (strlist_add(own, argv[i]) < 0)
            return -1;
    return 0;
}

int command_become(const struct container *plan, const char *here)
{
    cleanup_strlist struct strlist own = { 0 };
    char *const *argv = plan->argv;
    char *foreign;

    if (enter_directory(plan, here) < 0)
        return -1;
    if (plan->default_command) {
        if (default_command(plan->argv, &own) < 0)
            return -1;
        argv = own.items;
    }
    foreign = plan->default_command ? NULL : find_foreign(argv[0]);
    if (foreign != NULL && replace_first(&own, foreign, argv) < 0)
        return -1;
    if (foreign != NULL)
        argv = own.items;
    log_call("prctl(PR_SET_NO_NEW_PRIVS, 1)");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(errno, "can't set no_new_privs");
    if (silence_streams(plan) < 0)
        return -1;
    // the last thing, as it would lie to ourselves
    if (plan->root_emulation && seccomp_emulate_root() < 0)
        return -1;
    return execute(argv);
}
