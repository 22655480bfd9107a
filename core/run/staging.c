// staging.c - bring images to all nodes of a job at once.
// SPDX-License-Identifier: MIT
#include "core/run/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/spawn.h"
#include "core/base/stop.h"
#include "core/run/staged.h"

#define LINE 4096            // bytes; a task's are far shorter
#define LOOK 200             // ms between two looks at what srun has to say
#define GIVE_UP 20000        // ms until a step that is not wanted is killed
#define GIVE_UP_STOPPED 2000 // ms, if somebody waits for it
#define DIGITS "0123456789"

// Of steps that programs start (srun), and not scripts; slurm.h.
#define STEP_LEAST_SPECIAL 4294967280U

struct bringing {
    const struct staging *plan;
    const char *job;
    uint64_t nodes;
    struct strlist sums; // of the images
    bool *lacking;       // is image i, on some node?
    char *program;       // on the nodes; NULL: this one's path
    pid_t srun;
    int to, from, said; // its standard streams; the last is a file in memory
    off_t shown;        // of that file
    char line[LINE];
    size_t filled; // of the line
};

// What a script may have set for the steps that it starts itself.
static const char *const meant_for_others[] = {
    "SLURM_CONTAINER",     "SLURM_HOSTFILE",       "SLURM_LABELIO",
    "SLURM_MULTI_PROG",    "SLURM_GPUS",           "SLURM_GPUS_PER_NODE",
    "SLURM_GPUS_PER_TASK", "SLURM_TRES_PER_TASK",  "SLURM_NTASKS_PER_CORE",
    "SLURM_HINT",          "SLURM_EXCLUSIVE",      "SLURM_EXACT",
    "SLURM_MEM_PER_CPU",   "SLURM_NTASKS_PER_GPU", "SLURM_MEM_PER_NODE",
    "SLURM_MEM_PER_GPU",   "SLURM_CPUS_PER_GPU",   "SLURM_THREADS_PER_CORE",
};

const char *staging_job(void)
{
    const char *job = getenv("SLURM_JOB_ID");

    if (job != NULL && job[0] != '\0' && job[strspn(job, DIGITS)] == '\0')
        return job;
    failed(0, "not in a job of Slurm's: call it in the job's script, or from "
              "a shell of salloc's");
    return NULL;
}

static int check_place(struct bringing *b)
{
    const char *step = getenv("SLURM_STEP_ID");
    const char *nodes = getenv("SLURM_JOB_NUM_NODES");
    uint64_t number;

    b->job = staging_job();
    if (b->job == NULL)
        return -1;
    if (step != NULL && str_to_u64(step, &number) == 0 &&
        number < STEP_LEAST_SPECIAL)
        return failed(0, "it is a step itself: call it in the job's script, "
                         "once and not by srun");
    if (nodes == NULL || str_to_u64(nodes, &b->nodes) < 0 || b->nodes == 0)
        return failed(0, "$SLURM_JOB_NUM_NODES is not a number of nodes: %s",
                      nodes != NULL ? nodes : "not set");
    return 0;
}

static int add_sum(struct bringing *b, const char *image)
{
    cleanup_close int fd = open(image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char hex[STAGED_HEX];
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return failed(errno, "can't open %s", image);
    if (S_ISDIR(st.st_mode))
        return failed(0,
                      "%s is a directory: make a file of it, by \"ch-convert "
                      "%s IMAGE.sqfs\", and stage that",
                      image, image);
    if (!S_ISREG(st.st_mode))
        return failed(0, "%s is not a file", image);
    if (staged_hash(fd, image, hex) < 0)
        return -1;
    log_step("%s: %s", image, hex);
    return strlist_add(&b->sums, hex);
}

// --- the files

// "force": what has the name on the nodes is overwritten.
static int broadcast(const char *file, const char *path, bool force)
{
    const char *const over[] = { "sbcast", "--force", file, path, NULL };
    const char *const fresh[] = { "sbcast", file, path, NULL };
    const struct spawn plan = { force ? over : fresh,
                                { -1, STDERR_FILENO, STDERR_FILENO },
                                SIGTERM };
    pid_t pid;
    int status;

    log_step("broadcasting %s", file);
    pid = spawn(&plan);
    if (pid < 0)
        return -1;
    status = spawn_reap(pid);
    if (status < 0) {
        int errnum = errno;

        spawn_end(pid, 0);
        return stop_check() < 0 ? -1 : failed(errnum, "can't wait for sbcast");
    }
    if (status > 0)
        return failed(0, "sbcast of %s failed, with status %d", file, status);
    return 0;
}

static int bring_image(const struct bringing *b, size_t i)
{
    cleanup_free char *part =
        staged_part(b->plan->dir, b->sums.items[i], b->job);

    // in a folder that the task there has found to be its own
    return part == NULL ? -1 : broadcast(b->plan->images[i], part, true);
}

// All can write to the folder that it gets into, so it is a new file or none:
// srun's own --bcast would fill one that somebody else has put there.
static int bring_program(struct bringing *b)
{
    cleanup_free char *self = fs_readlink(AT_FDCWD, "/proc/self/exe");
    uint64_t number;

    if (self == NULL)
        return failed(errno, "can't find this program's file");
    if (b->plan->no_bcast) {
        b->program = steal_ptr(&self);
        return 0;
    }
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return failed(errno, "can't get a random number");
    b->program = str_printf(STAGING_SELF "%s.%016" PRIx64, b->job, number);
    return b->program == NULL ? -1 : broadcast(self, b->program, false);
}

// --- the step

static int add_words(struct strlist *list, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlist_add(list, *words) < 0)
            return -1;
    return 0;
}

// The command line of the step. Whatever the job was asked for, it has a task
// on each node, and takes nothing from other steps.
static int compose(const struct bringing *b, struct strlist *words)
{
    static const char *const fixed[] = {
        "--ntasks-per-node=1",
        "--cpus-per-task=1",
        "--overlap",
        "--mem=0",
        "--gres=none",
        "--mpi=none",
        "--distribution=block",
        "--input=all",
        "--output=all",
        "--error=all",
        "--kill-on-bad-exit=1",
        "--wait=0",
        "--job-name=ch-stage",
        NULL,
    };
    const struct staging *plan = b->plan;
    int status = strlist_add(words, "srun");

    status |= strlist_take(words, str_printf("--nodes=%" PRIu64, b->nodes));
    status |= strlist_take(words, str_printf("--ntasks=%" PRIu64, b->nodes));
    status |= add_words(words, fixed);
    status |= strlist_add(words, b->program);
    // by whatever name it is called there
    status |= strlist_add(words, "ch-stage");
    status |= strlist_add(words, "--task");
    if (plan->unpacked)
        status |= strlist_add(words, "--unpack");
    if (plan->no_bcast)
        status |= strlist_add(words, "--no-bcast");
    status |= strlist_take(words, str_printf("--dir=%s", plan->dir));
    status |= strlist_add(words, "--");
    return status < 0 ? -1
                      : add_words(words, (const char *const *)b->sums.items);
}

// It outlives us, so its standard error is no pipe, which would end with us,
// but is read from a file.
static int start(struct bringing *b)
{
    cleanup_strlist struct strlist words = { 0 };
    cleanup_close int its_input = -1, its_output = -1;
    struct spawn plan = { .parting = 0 };
    int in[2], out[2];

    for (size_t i = 0; i < sizeof meant_for_others / sizeof *meant_for_others;
         i++)
        unsetenv(meant_for_others[i]);
    if (compose(b, &words) < 0)
        return -1;
    b->said = memfd_create("srun", MFD_CLOEXEC);
    if (b->said < 0 || setenv("CH_STAGING", "1", 1) < 0 ||
        pipe2(in, O_CLOEXEC) < 0)
        return failed(errno, "can't start srun");
    its_input = in[0], b->to = in[1];
    if (pipe2(out, O_CLOEXEC) < 0)
        return failed(errno, "can't start srun");
    b->from = out[0], its_output = out[1];
    plan.argv = (const char *const *)words.items;
    plan.streams[STDIN_FILENO] = its_input;
    plan.streams[STDOUT_FILENO] = its_output;
    plan.streams[STDERR_FILENO] = b->said;
    b->srun = spawn(&plan);
    unsetenv("CH_STAGING");
    return b->srun < 0 ? -1 : 0;
}

static void show_said(struct bringing *b)
{
    char bytes[LINE];
    ssize_t n;

    while ((n = pread(b->said, bytes, sizeof bytes, b->shown)) > 0) {
        b->shown += n;
        // what can't be shown is lost, and no reason to fail
        if (fs_write_all(STDERR_FILENO, bytes, (size_t)n) < 0)
            return;
    }
}

// Fill b->line, without its newline. 0, or -1 after failed().
static int next_line(struct bringing *b, char line[LINE])
{
    char *end;

    while ((end = memchr(b->line, '\n', b->filled)) == NULL) {
        struct pollfd ready = { .fd = b->from, .events = POLLIN };
        ssize_t n = 0;

        if (stop_check() < 0)
            return -1;
        show_said(b);
        if (poll(&ready, 1, LOOK) <= 0)
            continue;
        if (b->filled < LINE)
            n = read(b->from, b->line + b->filled, LINE - b->filled);
        if (n <= 0)
            return failed(0, "srun ended before all nodes had the images");
        b->filled += (size_t)n;
    }
    snprintf(line, LINE, "%.*s", (int)(end - b->line), b->line);
    b->filled -= (size_t)(end + 1 - b->line);
    memmove(b->line, end + 1, b->filled);
    return 0;
}

// The answers of all nodes: each begins with the word. What "has" of an image
// is 0 is lacking.
static int await(struct bringing *b, const char *word)
{
    char line[LINE], node[256], what[32], has[LINE];
    uint64_t failures = 0;

    for (uint64_t left = b->nodes; left > 0;) {
        has[0] = '\0';
        if (next_line(b, line) < 0)
            return -1;
        if (sscanf(line, STAGING_MARK "%255s %31s %4095s", node, what, has) <
            2) {
            log_line(LOG_WARN, "%s", line); // a site's prolog, say
            continue;
        }
        left--;
        failures += strcmp(what, word) != 0;
        log_step("%s: %s %s", node, what, has);
        for (size_t i = 0; i < b->sums.count && has[i] != '\0'; i++)
            b->lacking[i] = b->lacking[i] || has[i] == '0';
    }
    if (failures > 0)
        return failed(0, "%" PRIu64 " of %" PRIu64 " nodes could not take it",
                      failures, b->nodes);
    return 0;
}

static int say(const struct bringing *b, const char *word)
{
    if (fs_write_all(b->to, word, strlen(word)) < 0)
        return failed(errno, "srun has ended");
    return 0;
}

static int bring(struct bringing *b)
{
    const char *const *images = b->plan->images;

    if (bring_program(b) < 0 || start(b) < 0 || await(b, "has") < 0)
        return -1;
    for (size_t i = 0; images[i] != NULL; i++) {
        if (!b->lacking[i])
            log_step("%s is there already", images[i]);
        else if (bring_image(b, i) < 0)
            return -1;
    }
    if (say(b, "take\n") < 0 || await(b, "done") < 0)
        return -1;
    return say(b, "keep\n");
}

// The tasks let go of all when they read the end of file. A step that has not
// begun yet, or works for long, is ended by srun.
static void give_up(struct bringing *b)
{
    if (b->to >= 0)
        close(b->to);
    b->to = -1;
    if (b->srun > 0)
        spawn_end(b->srun, stop_check() < 0 ? GIVE_UP_STOPPED : GIVE_UP);
    if (b->said >= 0)
        show_said(b);
}

static int name_places(const struct bringing *b, struct strlist *places)
{
    for (size_t i = 0; i < b->sums.count; i++)
        if (strlist_take(places, staged_path(b->plan->dir, b->sums.items[i],
                                             b->plan->unpacked)) < 0)
            return -1;
    return 0;
}

int staging_bring(const struct staging *plan, struct strlist *places)
{
    struct bringing b = { .plan = plan, .to = -1, .from = -1, .said = -1 };
    int status = stop_catch() < 0 || check_place(&b) < 0 ? -1 : 0;

    signal(SIGPIPE, SIG_IGN); // srun may end
    for (size_t i = 0; status == 0 && plan->images[i] != NULL; i++)
        status = add_sum(&b, plan->images[i]);
    b.lacking = calloc(b.sums.count + 1, sizeof *b.lacking);
    if (status == 0 && b.lacking == NULL)
        status = failed(errno, "can't stage images");
    if (status == 0 && bring(&b) < 0) {
        give_up(&b);
        status = -1;
    }
    if (status == 0)
        status = name_places(&b, places);
    for (int *fd = (int[]){ b.to, b.from, b.said, -2 }; *fd != -2; fd++)
        if (*fd >= 0)
            close(*fd);
    free(b.lacking);
    free(b.program);
    strlist_free(&b.sums);
    return status;
}
