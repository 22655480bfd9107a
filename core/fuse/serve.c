// serve.c - threads that read requests and answer them.
//
// libfuse's own loop starts a second thread at the first request, which a
// short command would pay for at each start. Here one thread serves alone
// until it finds that a request waited while it was busy. Each further one has
// a descriptor of its own for the device, as threads would queue for a shared
// one's lock in the kernel.
// SPDX-License-Identifier: MIT
#include "core/fuse/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/thread.h"
#include "core/fuse/answer.h"
#include "core/fuse/feature.h"
#include "core/kernel/cpus.h"
#include "core/kernel/memory.h"

enum {
    THREADS_MOST = 64,
    // By default: more CPUs than this do not make one image faster.
    THREADS_USUAL = 8,
    // How many requests one thread answers before it looks for help, and
    // leaves the CPU that it shares with who started it. The start of a small
    // program needs fewer.
    ALONE = 50,
    // Bytes: by default, this part of the memory that there is, but
    CACHE_SHARE = 16,
    CACHE_LEAST = 4 << 20,
    CACHE_MOST = 512 << 20,
    STACK = 256 << 10, // bytes; musl's usual 128 KiB are near to what is used
};

struct worker {
    struct serving *serving;
    pthread_t thread;
    int device; // a clone of the first, or the same
    struct counters *counters;
};

struct serving {
    struct answers answers; // first: libfuse's userdata is this struct
    struct fuse_session *session;
    pthread_key_t worker;  // of this thread
    unsigned wanted;       // at most, by the caller; 0: as many as pay
    _Atomic unsigned most; // at most, now
    _Atomic unsigned count;
    unsigned answered; // until it looks for help
    pthread_mutex_t grow;
    struct worker workers[THREADS_MOST];
    struct counters counters[THREADS_MOST]; // of these
};

static int device_of(struct serving *serving, int device)
{
    const struct worker *worker = pthread_getspecific(serving->worker);

    return worker != NULL ? worker->device : device;
}

static ssize_t device_read(int device, void *buf, size_t size, void *data)
{
    return read(device_of(data, device), buf, size);
}

// An answer must come by the descriptor that its request came by. Whoever has
// it may ask at once what was done, so it is counted first.
static ssize_t device_write(int device, struct iovec *iov, int count,
                            void *data)
{
    const struct serving *serving = data;
    const struct worker *worker = pthread_getspecific(serving->worker);
    size_t bytes = 0;

    for (int i = 0; i < count; i++)
        bytes += iov[i].iov_len;
    if (worker != NULL)
        counters_answer(worker->counters, bytes);
    return writev(device_of(data, device), iov, count);
}

static const struct fuse_custom_io device_io = {
    .read = device_read,
    .writev = device_write,
};

// The clone, or the device itself where it cannot be cloned (kernels before
// 4.2, no /dev/fuse here): slower, and no reason to fail.
static int clone_device(const struct fuse_image *served)
{
    int device = served->device;
    uint32_t source = (uint32_t)device;
    int clone = -1;

    if ((served->without >> FEATURE_CLONE & 1) == 0)
        clone = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (clone < 0)
        return device;
    if (ioctl(clone, (int)FUSE_DEV_IOC_CLONE, &source) == 0)
        return clone;
    close(clone);
    return device;
}

static void *work(void *argument);

// Start one more thread; that it cannot be is no reason to fail.
static void add_worker(struct serving *serving)
{
    int device = serving->answers.served->device;
    struct worker *worker = &serving->workers[serving->count];

    worker->serving = serving;
    worker->counters = &serving->counters[serving->count];
    worker->device = clone_device(serving->answers.served);
    if (thread_start(&worker->thread, STACK, work, worker) == 0) {
        serving->answers.counted.count = ++serving->count;
    } else {
        if (worker->device != device)
            close(worker->device);
        serving->most = serving->count;
    }
}

// Is a request waiting although this thread was free to take it only now?
static bool is_behind(const struct worker *worker)
{
    struct pollfd waiting = { .fd = worker->device, .events = POLLIN };

    return poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLIN);
}

// Most of it is lent to the kernel, so it may be large where there is room. The
// size, in bytes.
static uint64_t size_cache(const struct fuse_image *served)
{
    uint64_t bytes = served->how.cache_bytes;

    if (bytes > 0)
        return bytes;
    bytes = memory_available() / CACHE_SHARE;
    if (bytes < CACHE_LEAST)
        bytes = CACHE_LEAST;
    if (bytes > CACHE_MOST)
        bytes = CACHE_MOST;
    squash_cache(served->image, bytes);
    return bytes;
}

// There is more to do than to start a small program. A job's step may be bound
// to one core; its server is everybody's.
static void spread(struct serving *serving)
{
    unsigned most = cpus_use_all();

    size_cache(serving->answers.served);
    if (most < 2)
        most = 2; // one may wait for the file system that the image is on
    if (most > THREADS_USUAL)
        most = THREADS_USUAL;
    serving->most = serving->wanted == 0 ? most : serving->wanted;
}

static void find_help(struct serving *serving, const struct worker *worker)
{
    // the first thread counts, as long as it is alone
    if (serving->answered < ALONE && ++serving->answered == ALONE)
        spread(serving);
    if (serving->count >= serving->most || !is_behind(worker) ||
        pthread_mutex_trylock(&serving->grow) != 0)
        return;
    if (serving->count < serving->most)
        add_worker(serving);
    pthread_mutex_unlock(&serving->grow);
}

static int answer_requests(struct worker *worker)
{
    struct serving *serving = worker->serving;
    struct fuse_session *session = serving->session;
    struct fuse_buf buf = { 0 };
    int result = 0;

    pthread_setspecific(serving->worker, worker);
    while (!fuse_session_exited(session)) {
        result = fuse_session_receive_buf(session, &buf);
        if (result == -EINTR || result == -EAGAIN)
            continue;
        if (result <= 0)
            break;
        counters_request(worker->counters, buf.mem);
        fuse_session_process_buf(session, &buf);
        // while another answers, or is found to
        if (serving->most > 1)
            squash_ahead(serving->answers.served->image);
        find_help(serving, worker);
    }
    free(buf.mem);
    return result < 0 ? result : 0;
}

static void *work(void *argument)
{
    answer_requests(argument);
    return NULL;
}

// Returns when the kernel has let go: then all threads get ENODEV.
static int serve(struct serving *serving)
{
    int device = serving->answers.served->device;
    int result;

    serving->workers[0] = (struct worker){ .serving = serving,
                                           .device = device,
                                           .counters = &serving->counters[0] };
    serving->count = 1;
    result = answer_requests(&serving->workers[0]);
    fuse_session_exit(serving->session);
    pthread_mutex_lock(&serving->grow);
    serving->most = 0;
    pthread_mutex_unlock(&serving->grow);
    for (unsigned i = 1; i < serving->count; i++) {
        pthread_join(serving->workers[i].thread, NULL);
        if (serving->workers[i].device != device)
            close(serving->workers[i].device);
    }
    if (result < 0)
        return failed(-result, "can't read requests from /dev/fuse");
    return 0;
}

static int open_session(struct serving *serving)
{
    char *argv[] = { (char[]){ "ch" }, NULL };
    struct fuse_args args = FUSE_ARGS_INIT(1, argv);
    int device;

    serving->session = fuse_session_new(&args, &answer_ops, sizeof answer_ops,
                                        &serving->answers);
    fuse_opt_free_args(&args);
    if (serving->session == NULL)
        return failed(errno, "can't start a FUSE session");
    // The session closes what it is given.
    device = fcntl(serving->answers.served->device, F_DUPFD_CLOEXEC, 0);
    if (device < 0 || fuse_session_custom_io(serving->session, &device_io,
                                             sizeof device_io, device) < 0) {
        fuse_session_destroy(serving->session);
        return failed(errno, "can't start a FUSE session");
    }
    return 0;
}

static void write_report(const struct answers *answers)
{
    char text[COUNTERS_TEXT];

    if (answers->served->report == 0)
        return;
    // there is nobody left to tell that it can't be written
    (void)fs_write_all(answers->served->report, text,
                       counters_text(&answers->counted, text));
}

// Something is left for what was not foreseen.
static struct prefetch *start_prefetch(const struct fuse_image *served)
{
    struct prefetch_plan plan = { .list = served->prefetch,
                                  .own = served->prefetch_own };

    if (plan.list == NULL && !plan.own)
        return NULL;
    plan.bytes = size_cache(served) / 4 * 3;
    return prefetch_start(served->image, &plan);
}

int fuse_load(struct fuse_image *served)
{
    served->image = squash_open(served->file, &served->how);
    if (served->image == NULL)
        return -1;
    if (served->record == 0)
        return 0;
    served->recorded = record_open(served->image, served->record);
    return served->recorded != NULL ? 0 : failed_while("--record");
}

void fuse_unload(struct fuse_image *served)
{
    record_close(served->recorded);
    squash_close(served->image);
    served->recorded = NULL;
    served->image = NULL;
}

int fuse_serve(const struct fuse_image *served)
{
    struct serving *serving = calloc(1, sizeof *serving);
    struct timespec now;
    int result = -1;

    if (serving == NULL)
        return failed(errno, "out of memory");
    clock_gettime(CLOCK_MONOTONIC, &now);
    serving->answers.served = served;
    serving->answers.counted = (struct counted){ .threads = serving->counters,
                                                 .count = 1,
                                                 .image = served->image,
                                                 .since = now.tv_sec };
    serving->most = 1;
    serving->wanted = served->threads;
    if (serving->wanted > THREADS_MOST)
        serving->wanted = THREADS_MOST;
    habits_init(&serving->answers.habits);
    pthread_key_create(&serving->worker, NULL);
    pthread_mutex_init(&serving->grow, NULL);
    if (open_session(serving) == 0) {
        serving->answers.counted.prefetch = start_prefetch(served);
        result = serve(serving);
        write_report(&serving->answers);
        prefetch_stop(serving->answers.counted.prefetch);
        fuse_session_destroy(serving->session);
    }
    pthread_mutex_destroy(&serving->grow);
    pthread_key_delete(serving->worker);
    habits_destroy(&serving->answers.habits);
    free(serving);
    return result;
}
