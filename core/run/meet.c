// meet.c - where peers find each other.
// SPDX-License-Identifier: MIT
#include "core/run/meet.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/socket.h"
#include "core/run/keeper.h"

// Seconds of silence after which a peer looks whether the first one is still
// at work, and until it gives up all the same: a large image may have to be
// unpacked.
#define SILENCE 10
#define PATIENCE 300

// Who is seen to be stopped so often, a second between, stays so: of a job that
// is continued, one process may be before another.
#define STOPPED 2

// Between the binding of a name and the listening there are microseconds; who
// does not listen after a second never will.
#define PAUSE_NS 200000 // nanoseconds
#define PAUSES 5000

// How a try to meet ended.
enum met { MET, AGAIN, BUSY, NEVER };

// The socket's name is short, so it holds a hash; the keeper tells the whole
// key.
static void make_name(const char *key, char name[SOCKET_NAME_MAX])
{
    snprintf(name, SOCKET_NAME_MAX, "ch-%u-%016" PRIx64, geteuid(),
             str_hash(key, strlen(key)));
}

static bool key_matches(const struct share *share, const char *bytes,
                        size_t size)
{
    size_t header = sizeof(struct keeper_answer);

    return size > header && size - header == strlen(share->key) &&
           memcmp(bytes + header, share->key, size - header) == 0;
}

// Does the answer hold all that was to come? Then it is the share's.
static bool take(struct share *share, const struct parcel *parcel)
{
    const struct share_group *group = &share->group;
    struct keeper_answer answer;
    size_t goods;
    bool mounts;

    if (!key_matches(share, parcel->bytes, parcel->size))
        return false;
    memcpy(&answer, parcel->bytes, sizeof answer);
    mounts = group->whole || answer.with_root;
    goods = mounts ? 1 : group->image_count;
    if (parcel->count != 1 + goods)
        return false;
    share->came = answer.came;
    share->first = answer.first;
    share->user = parcel->fds[0];
    if (mounts)
        share->mounts = parcel->fds[1];
    else
        memcpy(share->images, parcel->fds + 1, goods * sizeof(int));
    share->role = SHARE_MEMBER;
    return true;
}

// Nothing for a second?
static bool is_silent(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    return poll(&wait, 1, 1000) == 0;
}

// Wait for the answer. 0, or -1 when nobody will give one.
static int wait_for(const struct share *share, int fd)
{
    int stopped = 0;

    for (int seconds = 1; is_silent(fd); seconds++) {
        bool look = seconds % SILENCE == 0;

        stopped = proc_is_stopped(share->first) ? stopped + 1 : 0;
        if (stopped == STOPPED || seconds == PATIENCE ||
            (look && !proc_is_at_work(share->first)))
            return -1;
        if (look)
            log_why("sharing: pid %d is still at work", (int)share->first);
    }
    return 0;
}

static enum met no_answer(const struct share *share, int errnum)
{
    int pid = (int)share->first;

    if (errnum == EAGAIN)
        failed(0,
               "no answer from pid %d: it may be stopped (kill -CONT %d lets "
               "it go on)",
               pid, pid);
    else
        failed(errnum, "no answer from pid %d", pid);
    if (!share->group.whole)
        log_warn("can't share: %s", err_text());
    return NEVER;
}

// Connected: wait for what is shared.
static enum met await(struct share *share, int fd)
{
    size_t room = sizeof(struct keeper_answer) + strlen(share->key) + 1;
    cleanup_free char *bytes = malloc(room);
    struct parcel parcel = { .bytes = bytes, .size = room };
    int status;

    if (bytes == NULL)
        return NEVER;
    if (wait_for(share, fd) < 0)
        return no_answer(share, EAGAIN);
    status = socket_receive(fd, &parcel);
    if (status == 0 || (status < 0 && errno == ECONNRESET))
        return AGAIN;
    if (status < 0)
        return no_answer(share, errno);
    if (take(share, &parcel))
        return MET;
    for (size_t i = 0; i < parcel.count; i++)
        close(parcel.fds[i]);
    log_why("sharing: pid %d has something else", (int)share->first);
    return NEVER;
}

// Who gets no request, as he is dead or has answered in haste, gives images.
static void tell_shape(const struct share *share, int fd)
{
    char none[] = "";
    struct parcel request = { .bytes = none, .size = sizeof none };

    if (share->shape != NULL)
        request = (struct parcel){ .bytes = share->shape,
                                   .size = strlen(share->shape) };
    (void)socket_send(fd, &request);
}

static enum met ask(struct share *share, int fd)
{
    uid_t uid;

    if (socket_peer(fd, &uid, &share->first) < 0)
        return NEVER;
    if (uid != geteuid()) {
        log_why("sharing: user %u sits at our meeting point", uid);
        return NEVER;
    }
    tell_shape(share, fd);
    return await(share, fd);
}

static enum met try_once(struct share *share, const char *name)
{
    cleanup_close int fd = socket_open(SILENCE);

    if (fd < 0) {
        log_why("sharing: can't make a socket: %s", errno_text(errno));
        return NEVER;
    }
    if (socket_connect(fd, name) == 0)
        return ask(share, fd);
    if (errno == ECONNREFUSED && socket_claim(fd, name) == 0) {
        share->role = SHARE_FIRST;
        share->came = 1;
        share->listener = steal_fd(&fd);
        return MET;
    }
    // another has bound the name, but does not listen yet
    if (errno == EADDRINUSE)
        return BUSY;
    log_why("sharing: can't meet at %s: %s", name, errno_text(errno));
    return NEVER;
}

bool meet(struct share *share)
{
    char name[SOCKET_NAME_MAX];
    int pauses = 0;

    make_name(share->key, name);
    while (true) {
        switch (try_once(share, name)) {
        case MET:
            log_why("sharing: %s at %s",
                    share->role == SHARE_FIRST ? "the first" : "a member",
                    name);
            return true;
        case NEVER:
            return false;
        case AGAIN: // he died: perhaps we are the first now
            pauses = 0;
            break;
        case BUSY:
            if (pauses++ == PAUSES)
                return false;
            nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
            break;
        }
    }
}
