// keeper.c - the process that admits peers to what the first of them made.
// SPDX-License-Identifier: MIT
#include "core/run/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/kernel/aside.h"
#include "core/kernel/cpus.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/kernel/socket.h"
#include "core/run/news.h"

// Milliseconds without any peer until the keeper ends: ranks that a launcher
// starts one after another shall meet, and those that are known to come are
// given more.
#define LINGER 250
#define LINGER_EXPECTING 2000

// Milliseconds to wait until a peer has said what root it wants, which it says
// at once: who is stopped just then gets images.
#define HEARING 1000

// Descriptors that poll(2) watches: these two, then each image's process, then
// the peers.
enum { FIRST_PEER, LISTENER, PROCESSES };

struct keeper {
    struct keeper_task task;
    char *answer; // struct keeper_answer and the key
    size_t answer_size;
    char *inbox; // of NEWS_MAX bytes
    int user;    // the user namespace
    int mounts;  // the container's mount namespace, or -1
    int images[PARCEL_FDS];
    size_t image_count; // so far
    struct spares spares;
    struct pollfd *polls;
    size_t fixed, count, room; // of polls: not of peers, used, allocated
    unsigned came;
};

struct birth {
    struct keeper *keeper;
    int other;   // the first peer's end of the channel
    int channel; // ours
    int first;   // the first peer itself
};

// Has the first peer told all?
static bool is_ready(const struct keeper *k)
{
    return k->polls[LISTENER].fd >= 0;
}

static int watch(struct keeper *k, int fd)
{
    if (k->count == k->room) {
        size_t room = 2 * k->room;
        struct pollfd *more = reallocarray(k->polls, room, sizeof *more);

        if (more == NULL)
            return -1;
        k->polls = more;
        k->room = room;
    }
    k->polls[k->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
    return 0;
}

static void forget_ended_peers(struct keeper *k)
{
    size_t at = k->fixed;

    while (at < k->count) {
        if (k->polls[at].revents == 0) {
            at++;
            continue;
        }
        close(k->polls[at].fd);
        k->polls[at] = k->polls[--k->count];
    }
}

// Where every user that the namespace does not know has the same id as ours, no
// one could be told from another.
static bool is_overflow_user(void)
{
    cleanup_free char *text =
        fs_read(AT_FDCWD, "/proc/sys/kernel/overflowuid", 32, NULL);

    return text == NULL || strtoul(text, NULL, 10) == geteuid();
}

// A mount namespace to hold the images in; what else is seen there stays
// unused, and goes when it goes outside.
static int learn_user(struct keeper *k, int user)
{
    k->user = user;
    if (k->task.whole)
        return 0;
    if (ns_enter(user) < 0)
        return failed(errno, "can't enter the user namespace");
    if (is_overflow_user())
        return failed(0, "can't tell other users from this one");
    return ns_unshare(CLONE_NEWNS);
}

// Of a container, only what keeps the image alive.
static int learn_image(struct keeper *k, size_t index,
                       const struct parcel *parcel)
{
    size_t copies = k->task.whole ? 0 : 1;

    if (index >= k->task.images || k->images[index] >= 0)
        return failed(0, "can't keep an image twice");
    if (copies > 0 && mount_put(parcel->fds[0], AT_FDCWD) < 0)
        return failed(errno, "can't hold the image");
    k->images[index] = parcel->fds[0];
    if (parcel->count > copies)
        k->polls[PROCESSES + index].fd = parcel->fds[copies];
    k->image_count++;
    return 0;
}

// Without copies of it, peers build a root of their own.
static void learn_root(struct keeper *k, const struct parcel *parcel)
{
    if (k->spares.bytes == NULL && !k->task.whole &&
        spares_begin(&k->spares, k->inbox + sizeof(struct news),
                     parcel->size - sizeof(struct news), parcel->fds[0]) < 0)
        err_clear();
}

// Whatever becomes of the first peer now: it has told all.
static int open_door(struct keeper *k)
{
    close(k->polls[FIRST_PEER].fd);
    k->polls[FIRST_PEER].fd = -1;
    k->polls[LISTENER].fd = k->task.listener;
    (void)socket_take_over(k->task.listener); // it is only for messages
    return spares_prepare(&k->spares);
}

// 0, or -1: the keeper is of no use.
static int learn(struct keeper *k)
{
    struct news news;
    struct parcel parcel = { .bytes = k->inbox, .size = NEWS_MAX };
    int status = socket_receive(k->polls[FIRST_PEER].fd, &parcel);

    if (status <= 0 || parcel.size < sizeof news)
        return -1;
    memcpy(&news, k->inbox, sizeof news);
    if ((parcel.count == 0) != (news.kind == NEWS_END))
        return -1;
    switch (news.kind) {
    case NEWS_USER:
        return learn_user(k, parcel.fds[0]);
    case NEWS_IMAGE:
        return learn_image(k, news.index, &parcel);
    case NEWS_ROOT:
        learn_root(k, &parcel);
        return 0;
    case NEWS_MOUNTS:
        k->mounts = parcel.fds[0];
        break;
    case NEWS_END:
        if (k->image_count < k->task.images)
            return failed(0, "an image is missing");
        break;
    }
    return open_door(k);
}

static void close_copies(struct parcel *goods)
{
    for (size_t i = 1; i < goods->count; i++)
        close(goods->fds[i]);
}

// Does the peer want the root that there are copies of?
static bool wants_root(struct keeper *k, int peer)
{
    struct pollfd wait = { .fd = peer, .events = POLLIN };
    struct parcel parcel = { .bytes = k->inbox, .size = NEWS_MAX };

    // it is read in any case: what is left unread at the end would be an error
    if (poll(&wait, 1, HEARING) <= 0 || socket_receive(peer, &parcel) <= 0)
        return false;
    for (size_t i = 0; i < parcel.count; i++)
        close(parcel.fds[i]);
    return spares_fit(&k->spares, k->inbox, parcel.size);
}

static int copy_images(const struct keeper *k, struct parcel *goods)
{
    for (size_t i = 0; i < k->task.images; i++) {
        int copy = mount_copy(k->images[i]);

        if (copy < 0)
            return -1;
        goods->fds[goods->count++] = copy;
    }
    return 0;
}

// What a peer gets: the user namespace, then the container's mount namespace,
// or a copy of the root's, or a copy of each image's mount.
static int send_goods(struct keeper *k, int peer)
{
    struct keeper_answer *answer = (struct keeper_answer *)k->answer;
    struct parcel goods = { .bytes = k->answer, .size = k->answer_size };
    int root = wants_root(k, peer) ? spares_take(&k->spares) : -1;
    int status = 0;

    answer->came = k->came + 1;
    answer->with_root = root >= 0;
    goods.fds[goods.count++] = k->user;
    if (k->mounts >= 0)
        goods.fds[goods.count++] = k->mounts;
    else if (root >= 0)
        goods.fds[goods.count++] = root;
    else
        status = copy_images(k, &goods);
    if (status == 0)
        status = socket_send(peer, &goods);
    if (k->mounts < 0)
        close_copies(&goods);
    return status;
}

// 0, or -1 when no one can be admitted any more. Whom we can't watch is told
// nothing more and goes his own way; who has ended meanwhile needs nothing.
static int admit(struct keeper *k)
{
    cleanup_close int peer = socket_accept(k->task.listener);
    int process;
    uid_t uid;
    pid_t pid;

    if (peer < 0)
        return -1;
    if (socket_peer(peer, &uid, &pid) < 0 || uid != geteuid())
        return 0;
    process = socket_peer_process(peer);
    if (process < 0)
        return errno == EMFILE || errno == ENFILE ? -1 : 0;
    if (watch(k, process) < 0) {
        close(process);
        return -1;
    }
    if (send_goods(k, peer) < 0)
        return errno == EPIPE || errno == ECONNRESET ? 0 : -1;
    k->came++;
    return spares_prepare(&k->spares);
}

// The image is dead: who comes now had better start anew.
static bool has_dead_image(const struct keeper *k)
{
    for (size_t i = PROCESSES; i < k->fixed; i++)
        if (k->polls[i].revents != 0)
            return true;
    return false;
}

// Milliseconds to wait for anything to happen; -1: for ever.
static int patience(const struct keeper *k)
{
    if (!is_ready(k) || k->count > k->fixed)
        return -1;
    return k->came < k->task.expected ? LINGER_EXPECTING : LINGER;
}

static void keep(struct keeper *k)
{
    while (true) {
        int n = poll(k->polls, k->count, patience(k));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || has_dead_image(k))
            return;
        forget_ended_peers(k);
        if (k->polls[FIRST_PEER].revents != 0 && learn(k) < 0)
            return;
        if (k->polls[LISTENER].fd >= 0 && k->polls[LISTENER].revents != 0 &&
            admit(k) < 0)
            return;
    }
}

// A descriptor for each peer: as many as are allowed.
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); // it is only for many peers
}

static int be_keeper(void *argument)
{
    const struct birth *birth = argument;
    struct keeper *k = birth->keeper;
    int fds[] = { birth->channel, birth->first, k->task.listener };
    struct aside how = { .name = "ch-keeper",
                         .keep = fds,
                         .keep_count = sizeof fds / sizeof *fds,
                         .hidden = true };

    close(birth->other);
    if (aside_settle(&how) < 0)
        _exit(1);
    cpus_use_all(); // a job's step may be bound to one core
    allow_descriptors();
    umask(0); // the modes of what is made here are meant as they stand
    for (size_t i = 0; i < k->fixed; i++)
        if (watch(k, i == FIRST_PEER ? birth->channel : -1) < 0)
            _exit(1);
    if (watch(k, birth->first) < 0)
        _exit(1);
    keep(k);
    _exit(0);
}

static int prepare(struct keeper *k, const struct keeper_task *task)
{
    size_t length = strlen(task->key);

    *k = (struct keeper){ .task = *task,
                          .user = -1,
                          .mounts = -1,
                          .spares = SPARES_NONE,
                          .fixed = PROCESSES + task->images,
                          .came = 1 };
    k->room = k->fixed + 1;
    k->answer_size = sizeof(struct keeper_answer) + length;
    k->answer = calloc(1, k->answer_size);
    k->inbox = malloc(NEWS_MAX);
    k->polls = calloc(k->room, sizeof *k->polls);
    if (k->answer == NULL || k->inbox == NULL || k->polls == NULL)
        return failed(errno, "can't prepare for peers");
    ((struct keeper_answer *)k->answer)->first = getpid();
    memcpy(k->answer + sizeof(struct keeper_answer), task->key, length);
    for (size_t i = 0; i < task->images; i++)
        k->images[i] = -1;
    return 0;
}

static int start(struct keeper *k)
{
    struct birth birth = { .keeper = k };
    int ends[2];
    cleanup_close int first = proc_open(getpid());

    if (first < 0)
        return failed(errno, "can't be watched by the peers' keeper");
    if (socket_pair(ends) < 0)
        return failed(errno, "can't make a socket");
    birth.first = first;
    birth.channel = ends[0];
    birth.other = ends[1];
    if (aside_fork(be_keeper, &birth) < 0) {
        failed(errno, "can't fork the peers' keeper");
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    close(ends[0]);
    return ends[1];
}

int keeper_start(const struct keeper_task *task)
{
    struct keeper keeper;
    int channel = prepare(&keeper, task) < 0 ? -1 : start(&keeper);

    free(keeper.answer);
    free(keeper.inbox);
    free(keeper.polls);
    return channel;
}
