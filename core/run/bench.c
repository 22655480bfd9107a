// bench.c - how fast this node reads an image.
// SPDX-License-Identifier: MIT
#include "core/run/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/run/image_file.h"
#include "core/run/kernel_squashfs.h"
#include "core/run/squashfs.h"
#include "core/run/view.h"

enum { ROUNDS_MOST = 99 };

// What a process is to do, and where it puts what came out of it. The memory is
// shared with it.
struct errand {
    struct view view;
    struct view_mount mount;
    bool survey;
    enum bench_work work;
    struct bench_job job;
    struct bench_tree tree;
    struct bench_figures figures;
};

// One round's figures of a work.
struct rounds {
    struct bench_figures items[ROUNDS_MOST];
};

// The pages of the image go, as far as nobody else has them; that none do is no
// error.
static void cool(const char *image)
{
    cleanup_close int fd = open(image, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int go(struct errand *errand)
{
    cool(errand->mount.source);
    if (view_make(&errand->view) < 0)
        return -1;
    if (errand->survey)
        return bench_survey(errand->mount.target, &errand->tree);
    for (int state = BENCH_COLD; state < BENCH_STATES; state++)
        if (bench_do(errand->work, &errand->job,
                     &errand->figures.times[state]) < 0)
            return -1;
    return 0;
}

// "arg" points to the errand's address. The mount is the process's, and ends
// with it.
static _Noreturn void be_sent(const void *arg, int report)
{
    int status = go(*(struct errand *const *)arg);

    if (status < 0)
        err_send(report);
    _exit(status < 0 ? 1 : 0);
}

static int send_out(struct errand *errand)
{
    pid_t pid = proc_fork(be_sent, &errand);

    if (pid < 0)
        return -1;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return 0;
}

static double seconds_of(const struct bench_figures *figures)
{
    return figures->times[BENCH_COLD].seconds +
           figures->times[BENCH_WARM].seconds;
}

static int compare(const void *a, const void *b)
{
    double one = seconds_of(a), other = seconds_of(b);

    return one < other ? -1 : one > other;
}

// Rounds go by turns through the readers, so that what else the machine does
// hits all alike.
static int measure(struct errand *errand, const struct bench_plan *plan,
                   enum bench_work work, struct bench_result *result)
{
    struct rounds rounds[BENCH_READERS];
    int readers = result->by_kernel ? BENCH_READERS : BENCH_KERNEL;

    errand->work = work;
    for (int i = 0; i < plan->rounds; i++) {
        for (int by = 0; by < readers; by++) {
            log_step("%s, round %d, by the %s", bench_work_names[work], i + 1,
                     by == BENCH_KERNEL ? "kernel" : "server");
            errand->view.how.kernel = by == BENCH_KERNEL;
            if (send_out(errand) < 0)
                return -1;
            rounds[by].items[i] = errand->figures;
        }
    }
    for (int by = 0; by < readers; by++) {
        qsort(rounds[by].items, (size_t)plan->rounds, sizeof *rounds[by].items,
              compare);
        result->figures[by][work] = rounds[by].items[plan->rounds / 2];
    }
    return 0;
}

static int measure_all(struct errand *errand, const struct bench_plan *plan,
                       struct bench_result *result)
{
    errand->view = (struct view){
        .mounts = &errand->mount, .count = 1, .how = plan->how, .alone = true
    };
    errand->mount = (struct view_mount){ .kind = VIEW_IMAGE,
                                         .source = plan->how.image,
                                         .target = MOUNTING_DIR,
                                         .is_there = true };
    errand->survey = true;
    if (send_out(errand) < 0)
        return -1;
    errand->survey = false;
    result->tree = errand->tree;
    result->by_kernel = kernel_squashfs_may_be();
    errand->job = (struct bench_job){ .dir = MOUNTING_DIR,
                                      .file = result->tree.largest,
                                      .file_bytes = result->tree.largest_size,
                                      .most = plan->most };
    for (int work = 0; work < BENCH_WORKS; work++)
        if ((work < BENCH_SEQUENTIAL || result->tree.largest_size > 0) &&
            measure(errand, plan, (enum bench_work)work, result) < 0)
            return -1;
    return 0;
}

// Else it would be unpacked, which is not what is to be measured.
static int check(const struct bench_plan *plan)
{
    uint64_t offset = plan->how.offset;
    cleanup_close int fd = image_file_open(plan->how.image);
    int found = fd < 0 ? -1 : squashfs_find(fd, plan->how.image, &offset);

    if (found == 0)
        failed(0, "not a SquashFS file: %s", plan->how.image);
    if (found <= 0)
        return -1;
    if (!squashfs_may_be_served())
        return failed(0,
                      "there is no FUSE to be measured; ch-doctor tells why");
    if (plan->rounds < 1 || plan->rounds > ROUNDS_MOST)
        return failed(0, "--rounds: not a number from 1 to %d: %d", ROUNDS_MOST,
                      plan->rounds);
    return 0;
}

int bench_run(const struct bench_plan *plan, struct bench_result *result)
{
    const int flags = MAP_SHARED | MAP_ANONYMOUS;
    struct errand *errand;
    int status;

    *result = (struct bench_result){ 0 };
    if (check(plan) < 0)
        return -1;
    // cppcheck-suppress invalidFunctionArg ; -1 is right where there is no file
    errand = mmap(NULL, sizeof *errand, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (errand == MAP_FAILED)
        return failed(errno, "can't measure");
    status = measure_all(errand, plan, result);
    munmap(errand, sizeof *errand);
    return status;
}
