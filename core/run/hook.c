// hook.c - programs that are told of a container's life.
//
// A hook may be slow or never read what it is told, so the text is in a file
// without a name, which it reads at its own pace: nobody can block on a pipe.
// SPDX-License-Identifier: MIT
#include "core/run/hook.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/run/execute.h"

extern char **environ;

#define NO_LIMIT (-1)
#define MILLISECONDS 1000
#define CANT_EXECUTE 127 // as shells have it

// A file of the text, ready to be read.
static int make_input(const char *text)
{
    cleanup_close int fd = memfd_create("state", MFD_CLOEXEC);

    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0 ||
        lseek(fd, 0, SEEK_SET) < 0)
        return failed(errno, "can't write the state for a hook");
    return steal_fd(&fd);
}

static _Noreturn void be_hook(const struct jail_hook *hook,
                              const struct jail_hooks *all, int input)
{
    const char *const alone[] = { hook->path, NULL };
    const char *const *args = hook->args != NULL ? hook->args : alone;

    if (all->output > 0)
        dup2(all->output, STDOUT_FILENO);
    if (all->errors > 0)
        dup2(all->errors, STDERR_FILENO);
    // execve(2) writes to neither
    if (dup2(input, STDIN_FILENO) == STDIN_FILENO)
        execve(hook->path, execute_words(args),
               hook->env != NULL ? execute_words(hook->env) : environ);
    log_warn("can't execute the hook %s: %s", hook->path, errno_text(errno));
    _exit(CANT_EXECUTE);
}

// 0; 1: it took too long, and was killed; -1 after failed().
static int wait_for(pid_t pid, const struct maybe *timeout)
{
    cleanup_close int process = timeout->set ? proc_open(pid) : -1;
    struct pollfd wait = { .fd = process, .events = POLLIN };
    int limit = timeout->number > INT_MAX / MILLISECONDS
                    ? NO_LIMIT
                    : (int)timeout->number * MILLISECONDS;
    int ready;

    if (process < 0)
        return 0;
    do
        ready = poll(&wait, 1, limit);
    while (ready < 0 && errno == EINTR);
    if (ready != 0)
        return 0;
    kill(pid, SIGKILL);
    return 1;
}

static int run_one(const char *kind, const struct jail_hook *hook,
                   const struct jail_hooks *all, const char *text)
{
    cleanup_close int input = make_input(text);
    int late, status;
    pid_t pid;

    if (input < 0)
        return -1;
    log_step("hook %s", hook->path);
    pid = fork();
    if (pid == 0)
        be_hook(hook, all, input);
    if (pid < 0)
        return failed(errno, "can't fork the hook %s", hook->path);
    late = wait_for(pid, &hook->timeout);
    status = proc_wait(pid);
    if (late > 0)
        return failed(0, "%s took more than %lld seconds", hook->path,
                      (long long)hook->timeout.number);
    if (status > 0)
        return failed(0, "%s: %s hook failed with exit code %d", hook->path,
                      kind, status);
    return status;
}

int hook_run_all(const char *kind, const struct jail_hooks *hooks,
                 const char *text)
{
    for (size_t i = 0; i < hooks->count; i++)
        if (run_one(kind, &hooks->items[i], hooks, text) < 0)
            return failed_while("error running %s hook #%zu", kind,
                                hooks->first + i);
    return 0;
}
