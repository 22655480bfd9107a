// waiting.c - a process that waits for the container's, and ends as it does.
// SPDX-License-Identifier: MIT
#include "core/oci/waiting.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/base/err.h"

// The kernel's own signals, of a terminal, come to the container as well.
static bool is_to_pass(const siginfo_t *info)
{
    return info->si_signo != SIGCHLD && info->si_code <= 0;
}

void waiting_begin(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

int waiting_for(pid_t pid, bool pass)
{
    sigset_t all;
    siginfo_t info;
    int status;

    sigfillset(&all);
    while (true) {
        pid_t found = waitpid(pid, &status, WNOHANG);

        if (found == pid)
            return status;
        if (found < 0)
            return failed(errno, "can't wait for the container");
        if (sigwaitinfo(&all, &info) > 0 && pass && is_to_pass(&info))
            kill(pid, info.si_signo);
    }
}

int waiting_end_as(int status)
{
    const struct rlimit no_core = { 0, 0 };
    sigset_t none;

    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    setrlimit(RLIMIT_CORE, &no_core);
    signal(WTERMSIG(status), SIG_DFL);
    sigemptyset(&none);
    raise(WTERMSIG(status));
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 128 + WTERMSIG(status); // of a signal that does not kill us
}
