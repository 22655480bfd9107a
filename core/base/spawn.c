// spawn.c - start another program of the host.
// SPDX-License-Identifier: MIT
#include "core/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define STACK (64 << 10) // bytes, for what happens before the program runs
#define LOOK 10          // ms between two looks whether it has ended
#define TERM_MS 2000     // for what was asked to end
#define SIGNALLED 128    // added to a signal's number, as shells do

extern char **environ;

// What the child is to know, and tells: the two share their memory until the
// program runs.
struct birth {
    const struct spawn *plan;
    char **environment;
    int errnum; // why the program does not run; 0: it does
};

// The variables are borrowed, the list is the caller's; NULL with errno.
static char **environment_for_others(void)
{
    size_t count = 0;
    size_t kept = 0;
    char **list;

    while (environ[count] != NULL)
        count++;
    list = calloc(count + 1, sizeof *list);
    // libraries that a job loads for itself are not meant for the host's tools
    for (size_t i = 0; list != NULL && i < count; i++)
        if (!str_starts(environ[i], "LD_"))
            list[kept++] = environ[i];
    return list;
}

// Its streams are ours above 2, so none is in another's way.
static int redirect(const int streams[3])
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return -1;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(streams[fd] >= 0 ? streams[fd] : null, fd) < 0)
            return -1;
    return proc_close_others(NULL, 0);
}

static int be_program(void *argument)
{
    struct birth *birth = argument;
    char *const *argv;

    // execve(2) changes nothing, but its type is older than const
    memcpy(&argv, &birth->plan->argv, sizeof argv);

    // it is not to outlive the caller, nor to take part in its terminal
    prctl(PR_SET_PDEATHSIG, birth->plan->parting);
    setsid();
    signal(SIGPIPE, SIG_DFL);
    if (redirect(birth->plan->streams) == 0)
        execvpe(argv[0], argv, birth->environment);
    birth->errnum = errno;
    _exit(1);
}

// Whatever signals come.
static bool has_ended(pid_t pid, int ms)
{
    const struct timespec pause = { .tv_nsec = LOOK * 1000000L };

    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (ms <= 0)
            return false;
        nanosleep(&pause, NULL);
        ms -= LOOK;
    }
    return true;
}

void spawn_await(void)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &child, NULL);
}

// As clone(2) with a stack of its own; it goes on here when the program runs.
pid_t spawn(const struct spawn *plan)
{
    struct birth birth = { .plan = plan };
    cleanup_free char *stack = malloc(STACK);
    cleanup_free char **environment = environment_for_others();
    pid_t pid;

    if (stack == NULL || environment == NULL)
        return failed(ENOMEM, "can't start %s", plan->argv[0]);
    birth.environment = environment;
    log_call("execvp(%s)", plan->argv[0]);
    pid = clone(be_program, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD,
                &birth);
    if (pid < 0)
        return failed(errno, "can't start %s", plan->argv[0]);
    if (birth.errnum == 0)
        return pid;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return failed(birth.errnum, "can't run %s", plan->argv[0]);
}

int spawn_status(int status)
{
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status)
                               : WEXITSTATUS(status);
}

int spawn_reap(pid_t pid)
{
    int status;

    return waitpid(pid, &status, 0) < 0 ? -1 : spawn_status(status);
}

void spawn_end(pid_t pid, int ms)
{
    if (has_ended(pid, ms))
        return;
    kill(pid, SIGTERM);
    if (has_ended(pid, TERM_MS))
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
