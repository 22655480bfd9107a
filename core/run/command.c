// command.c - the last steps of a start, in the container.
// SPDX-License-Identifier: MIT
#include "core/run/command.h"

#include <errno.h>
#include <fcntl.h>
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

int command_become(const struct container *plan, const char *here)
{
    cleanup_strlist struct strlist own = { 0 };
    char *const *argv = plan->argv;

    if (enter_directory(plan, here) < 0)
        return -1;
    if (plan->default_command) {
        if (default_command(plan->argv, &own) < 0)
            return -1;
        argv = own.items;
    }
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
