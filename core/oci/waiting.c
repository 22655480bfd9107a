// waiting.c - a process that waits for the container's, and ends as it does.
// SPDX-License-Identifier: MIT
#include "core/oci/waiting.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/kernel/socket.h"
#include "core/kernel/tty_relay.h"

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

// Of the keys that make signals, the terminal itself takes care.
static void handle(const struct signalfd_siginfo *info, pid_t pid,
                   struct tty_relay *relay)
{
    if (info->ssi_signo == SIGWINCH)
        tty_relay_resize(relay);
    else if (info->ssi_signo != SIGCHLD)
        kill(pid, (int)info->ssi_signo);
}

static int carry(pid_t pid, struct tty_relay *relay)
{
    struct signalfd_siginfo info;
    sigset_t all;
    int status;

    sigfillset(&all);
    cleanup_close int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);

    if (signals < 0)
        return failed(errno, "can't wait for signals");
    while (true) {
        pid_t found = waitpid(pid, &status, WNOHANG);

        if (found == pid)
            return status;
        if (found < 0)
            return failed(errno, "can't wait for the container");
        if (tty_relay_until(relay, signals) < 0)
            return -1;
        while (read(signals, &info, sizeof info) == sizeof info)
            handle(&info, pid, relay);
    }
}

int waiting_on_terminal(pid_t pid, int socket)
{
    struct tty_relay relay;
    int status = tty_relay_begin(&relay, socket);

    if (status == 0 && relay.master < 0)
        return waiting_for(pid, true);
    if (status == 0)
        status = carry(pid, &relay);
    tty_relay_end(&relay);
    return status;
}

void waiting_print_rest(int socket)
{
    struct err_kept *pending = err_put_aside();
    struct tty_relay relay = TTY_RELAY_NONE;

    if (socket >= 0 && tty_relay_begin(&relay, socket) == 0)
        tty_relay_end(&relay);
    err_take_back(pending);
}

int waiting_make_console(int ends[2])
{
    return socket_pair(ends) == 0
               ? 0
               : failed(errno, "can't make a pair of sockets");
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
