// staging_task.c - the task on each node that takes and keeps images.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/run/staged.h"
#include "core/run/staging.h"

#define ENVIRONMENT_MOST (4 << 20) // bytes of a process; more is not looked at
#define PAUSE 200000000            // ns between two looks at the processes
#define LOOKS 2  // that find none: execve(2) hides one shortly
#define TRIES 10 // to make the folder and be in it
#define WORD 16  // more than the caller's longest word

struct task {
    const struct staging *plan;
    size_t count; // of images
    int folder;
    int *kept;
    const char *job;
    char node[256];
};

static int tell(const struct task *t, const char *word, const char *more)
{
    cleanup_free char *line =
        str_printf(STAGING_MARK "%s %s %s\n", t->node, word, more);

    if (line == NULL)
        return -1;
    if (fs_write_all(STDOUT_FILENO, line, strlen(line)) < 0)
        return failed(errno, "can't answer to ch-stage");
    return 0;
}

// The pending error stays as it is.
static void tell_failure(const struct task *t)
{
    dprintf(STDOUT_FILENO, STAGING_MARK "%s failed\n", t->node);
}

// Is this word the next line of the caller's?
static bool is_told(const char *word)
{
    char line[WORD];
    size_t length = 0;

    while (length < sizeof line && read(STDIN_FILENO, line + length, 1) == 1 &&
           line[length] != '\n')
        length++;
    return length == strlen(word) && memcmp(line, word, length) == 0;
}

// Is it one of the job's, but none of a staging? An environment that can't be
// read is another user's.
static bool is_of_job(const char *pid, const char *job)
{
    cleanup_free char *path = str_printf("/proc/%s/environ", pid);
    cleanup_free char *wanted = str_printf("SLURM_JOB_ID=%s", job);
    cleanup_free char *text = NULL;
    bool found = false;
    size_t length = 0;

    if (path == NULL || wanted == NULL)
        return false;
    text = fs_read(AT_FDCWD, path, ENVIRONMENT_MOST, &length);
    if (text == NULL)
        length = 0;
    for (size_t i = 0; i < length; i += strlen(text + i) + 1) {
        if (strncmp(text + i, "CH_STAGING=", sizeof "CH_STAGING=" - 1) == 0)
            return false;
        found = found || strcmp(text + i, wanted) == 0;
    }
    err_clear();
    return found;
}

static bool job_is_here(const char *job)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    bool found = false;

    while (proc != NULL && !found && (entry = readdir(proc)) != NULL)
        if (entry->d_name[strspn(entry->d_name, "0123456789")] == '\0')
            found = is_of_job(entry->d_name, job);
    if (proc != NULL)
        closedir(proc);
    return found;
}

// At its end Slurm sends TERM to all of a job, whose programs may then have
// some time, and need what they were started from.
static void wait_for_end(const struct task *t)
{
    const struct timespec pause = { .tv_nsec = PAUSE };
    sigset_t end;
    int empty = 0;

    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    while (sigwaitinfo(&end, NULL) < 0 && errno == EINTR)
        continue;
    while (true) {
        empty = job_is_here(t->job) ? 0 : empty + 1;
        if (empty == LOOKS)
            break;
        nanosleep(&pause, NULL);
    }
}

static void release_all(struct task *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->kept[i] >= 0)
            staged_release(t->folder, t->plan->images[i], t->kept[i]);
        t->kept[i] = -1;
    }
    if (t->folder >= 0)
        staged_close(t->plan->dir, t->folder);
    t->folder = -1;
}

static int try_to_keep(struct task *t, char *has)
{
    const struct staging *plan = t->plan;

    t->folder = staged_open(plan->dir);
    for (size_t i = 0; t->folder >= 0 && i < t->count; i++) {
        t->kept[i] = staged_keep(t->folder, plan->images[i]);
        if (t->kept[i] < 0)
            return -1;
        has[i] =
            staged_has(t->folder, plan->images[i], plan->unpacked) ? '1' : '0';
    }
    return t->folder < 0 ? -1 : 0;
}

// Whoever was the last may remove the folder between the two steps.
static int keep_all(struct task *t, char *has)
{
    for (int i = 0; i < TRIES; i++) {
        if (try_to_keep(t, has) == 0)
            return 0;
        if (err_num() != ENOENT || i + 1 == TRIES)
            break;
        err_clear();
        release_all(t);
    }
    return -1;
}

// Other jobs may have brought an image meanwhile, and have no other use for
// ours.
static int take_all(const struct task *t)
{
    const struct staging *plan = t->plan;

    for (size_t i = 0; i < t->count; i++) {
        cleanup_free char *part = NULL;

        if (!staged_has(t->folder, plan->images[i], plan->unpacked) &&
            staged_take(plan->dir, plan->images[i], plan->unpacked, t->job) < 0)
            return -1;
        part = staged_part(plan->dir, plan->images[i], t->job);
        if (part != NULL)
            unlink(part);
    }
    return 0;
}

static int serve(struct task *t)
{
    cleanup_free char *has = calloc(t->count + 1, 1);

    if (has == NULL)
        return failed(errno, "can't keep images");
    if (keep_all(t, has) < 0 || tell(t, "has", has) < 0)
        return -1;
    // it gave up; whoever is the reason has told
    if (!is_told("take"))
        return 0;
    if (take_all(t) < 0 || tell(t, "done", "") < 0)
        return -1;
    if (is_told("keep"))
        wait_for_end(t);
    return 0;
}

// srun's copy of this program was for this task alone. Any other, such as the
// one that is installed, is not ours to remove.
static void remove_self(const struct staging *plan)
{
    cleanup_free char *self =
        plan->no_bcast ? NULL : fs_readlink(AT_FDCWD, "/proc/self/exe");

    if (self != NULL && str_starts(self, STAGING_SELF))
        unlink(self);
}

int staging_keep(const struct staging *plan)
{
    struct task t = { .plan = plan, .folder = -1 };
    const char *node = getenv("SLURMD_NODENAME");
    sigset_t all;
    int status;

    remove_self(plan);
    t.job = staging_job();
    if (t.job == NULL)
        return -1;
    // neither the caller's end nor a signal to all of the job ends it half-way
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    while (plan->images[t.count] != NULL)
        t.count++;
    if (node != NULL)
        snprintf(t.node, sizeof t.node, "%s", node);
    else
        gethostname(t.node, sizeof t.node - 1);
    t.kept = malloc((t.count + 1) * sizeof *t.kept);
    if (t.kept == NULL)
        return failed(errno, "can't keep images");
    memset(t.kept, -1, (t.count + 1) * sizeof *t.kept);
    status = serve(&t);
    if (status < 0)
        tell_failure(&t);
    release_all(&t);
    free(t.kept);
    return status;
}
