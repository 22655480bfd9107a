// anchor.c - the container's process on the submitting host.
// SPDX-License-Identifier: MIT
#include "core/slurm/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/spawn.h"
#include "core/base/str.h"
#include "core/oci/waiting.h"
#include "core/slurm/job_record.h"
#include "core/slurm/relay.h"

#define TELL 64           // the last real-time signal, of every C library
#define USE_SECONDS 3600L // between two notes that parts are in use
#define CHECK_MS 20000    // for srun to tell what is wrong
#define ANSWER_MAX 65536

struct watch {
    const struct anchor *anchor;
    pid_t srun;
    struct relay relay;
    int ended_by; // a signal that ended it before it had a job; 0: none
};

// --- srun

// "arg" is the command line.
static _Noreturn void be_srun(const void *arg, int report)
{
    char *const *words;
    sigset_t none;

    memcpy(&words, &arg, sizeof words); // execve(2) is older than const
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(words[0], words);
    failed(errno, "can't run %s", words[0]);
    err_send(report);
    _exit(1);
}

// --- signals

static bool ends_programs(int signal)
{
    return signal == SIGTERM || signal == SIGKILL || signal == SIGINT ||
           signal == SIGQUIT || signal == SIGHUP;
}

static void deliver(struct watch *w, int signal)
{
    char step[STEP_TEXT];

    if (w->anchor->folder == NULL) {
        kill(w->srun, signal);
        return;
    }
    if (job_record_step(w->anchor->folder, step)) {
        relay_add(&w->relay, signal);
        return;
    }
    log_step("signal %d, and no job yet", signal);
    if (!ends_programs(signal))
        return;
    w->ended_by = signal;
    kill(w->srun, SIGTERM);
}

// What scancel can't end, srun does: it knows the nodes.
static int relay(struct watch *w)
{
    int lost;
    int ms = relay_go_on(&w->relay, &lost);

    if (lost == SIGKILL) {
        w->ended_by = lost;
        kill(w->srun, SIGTERM);
    } else if (lost != 0) {
        log_warn("signal %d did not come to the job: scancel failed", lost);
    }
    return ms;
}

static void heed(struct watch *w, const siginfo_t *info)
{
    if (info->si_signo == TELL && info->si_code == SI_QUEUE)
        deliver(w, info->si_value.sival_int);
    // the kernel's own, of a terminal, srun has as well
    else if (info->si_signo != SIGCHLD && info->si_code <= 0)
        deliver(w, info->si_signo);
}

// --- until its end

static void note_use(const struct anchor *anchor)
{
    cleanup_close int jobs = -1, images = -1;

    if (anchor->folder == NULL)
        return;
    jobs = stage_folder(anchor->stage, STAGE_JOBS);
    images = stage_folder(anchor->stage, STAGE_IMAGES);
    err_clear(); // there is a next time
    stage_use(jobs, anchor->job);
    if (anchor->image != NULL)
        stage_use(images, anchor->image);
}

// Until the next signal, or for so many milliseconds (-1: while nothing is
// due).
static void wait_for_news(struct watch *w, int ms)
{
    struct timespec time = { .tv_sec = USE_SECONDS };
    sigset_t all;
    siginfo_t info;

    if (ms >= 0)
        time = (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
    sigfillset(&all);
    if (sigtimedwait(&all, &info, &time) > 0)
        heed(w, &info);
    else if (errno == EAGAIN && ms < 0)
        note_use(w->anchor);
}

static int watch(struct watch *w)
{
    int status;

    while (true) {
        pid_t found = waitpid(w->srun, &status, WNOHANG);

        if (found != 0)
            relay_end(&w->relay);
        if (found == w->srun)
            return status;
        if (found < 0)
            return failed(errno, "can't wait for srun");
        wait_for_news(w, relay(w));
    }
}

static const char *last_line(char *text)
{
    size_t end = strlen(text);
    char *line;

    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == ' '))
        end--;
    text[end] = '\0';
    line = strrchr(text, '\n');
    return line != NULL ? line + 1 : text;
}

// srun says no more than what its programs say, or each exit status would be an
// error on top of theirs. So it is asked what is wrong with a job that never
// came to be.
static void explain(const struct anchor *anchor, int status)
{
    struct helper helper = { anchor->check, STDERR_FILENO, ANSWER_MAX,
                             helper_deadline(CHECK_MS) };
    cleanup_free char *said = NULL;
    int answer = helper_run(&helper, &said);

    err_clear();
    if (answer > 0 && said != NULL && said[0] != '\0')
        failed(0, "no job: %s", last_line(said));
    else
        failed(0,
               "srun ended with status %d before there was a job; the "
               "controller may be out of reach",
               spawn_status(status));
    log_pending_error();
}

// As srun did; by the signal that ended it.
static int settle(const struct watch *w, int status)
{
    char step[STEP_TEXT];

    if (w->ended_by != 0)
        return w->ended_by; // as wait(2) has it
    if (status != 0 && w->anchor->folder != NULL &&
        !job_record_step(w->anchor->folder, step))
        explain(w->anchor, status);
    return status;
}

static void release_lock(struct folder *folder)
{
    if (folder == NULL)
        return;
    scope_close(&folder->lock);
    folder->lock = -1;
}

static int run(const struct anchor *anchor, int report)
{
    struct watch w = { .anchor = anchor,
                       .relay = { .folder = anchor->folder } };
    int status;

    // from here on, what is sent is for the program
    waiting_begin();
    release_lock(anchor->folder);
    w.srun = proc_fork(be_srun, anchor->srun);
    if (w.srun < 0) {
        if (report >= 0)
            door_fail(report);
        return -1;
    }
    scope_close(&report); // who started it goes on
    status = watch(&w);
    return status < 0 ? status : settle(&w, status);
}

int anchor_run(const struct anchor *anchor, int report)
{
    int status = run(anchor, report);

    return status < 0 ? -1 : waiting_end_as(status);
}

_Noreturn void anchor_be(const struct anchor *anchor)
{
    int visitor = door_wait(anchor->door);
    int status;

    door_close(anchor->door);
    status = visitor < 0 ? -1 : run(anchor, visitor);
    if (status < 0) {
        log_pending_error();
        _exit(1);
    }
    _exit(waiting_end_as(status));
}

int anchor_signal(pid_t pid, uint64_t start_time, int signal)
{
    siginfo_t info = { .si_signo = TELL,
                       .si_code = SI_QUEUE,
                       .si_pid = getpid(),
                       .si_uid = getuid() };
    cleanup_close int process = proc_open(pid);

    info.si_value.sival_int = signal;
    if (process < 0)
        return -1;
    if (!proc_is_alive(pid, start_time)) {
        errno = ESRCH;
        return -1;
    }
    return (int)syscall(SYS_pidfd_send_signal, process, TELL, &info, 0);
}
