// share.c - peers on a node share what their containers are made of.
// SPDX-License-Identifier: MIT
#include "core/run/share.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/mount.h"
#include "core/kernel/ns.h"
#include "core/kernel/socket.h"
#include "core/run/keeper.h"

// In the key: those who speak otherwise do not meet.
#define PROTOCOL 1

#define KEY_MAX (64 << 10) // bytes; a message has room for more

// Seconds of silence after which a peer looks whether the first one is still
// at work, and how often it looks at most: a large image may have to be
// unpacked.
#define SILENCE 10
#define LOOKS 30

// Between the binding of a name and the listening there are microseconds; who
// does not listen after a second never will.
#define PAUSE_NS 200000 // nanoseconds
#define PAUSES 5000

// How a try to meet ended.
enum met { MET, AGAIN, BUSY, NEVER };

// All that peers must agree upon, as text.
static char *make_key(const struct share_group *group)
{
    char *key;
    dev_t device;
    ino_t inode;

    // the user namespace that the caller is in: from another one, that of the
    // peers can't be entered
    if (ns_identity("user", &device, &inode) < 0)
        return NULL;
    key =
        str_printf("ch %d %s\n%u:%u %u:%u%s\n%lx:%lx\n%s", PROTOCOL,
                   group->whole ? "container" : "images", geteuid(), getegid(),
                   group->uid, group->gid, group->id_ranges ? " and more" : "",
                   (unsigned long)device, (unsigned long)inode, group->name);
    for (size_t i = 0; i < group->image_count && key != NULL; i++) {
        char *longer = str_printf("%s\n%s", key, group->images[i]);

        free(key);
        key = longer;
    }
    return key;
}

// The socket's name is short, so it holds a hash (FNV-1a); the keeper tells the
// whole key.
static void make_name(const char *key, char name[SOCKET_NAME_MAX])
{
    uint64_t hash = 14695981039346656037U;

    for (const char *c = key; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211U;
    snprintf(name, SOCKET_NAME_MAX, "ch-%u-%016llx", geteuid(),
             (unsigned long long)hash);
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
    size_t goods = group->whole ? 1 : group->image_count;
    struct keeper_answer answer;

    if (!key_matches(share, parcel->bytes, parcel->size) ||
        parcel->count != 1 + goods)
        return false;
    memcpy(&answer, parcel->bytes, sizeof answer);
    share->came = answer.came;
    share->user = parcel->fds[0];
    if (group->whole)
        share->mounts = parcel->fds[1];
    else
        memcpy(share->images, parcel->fds + 1, goods * sizeof(int));
    share->role = SHARE_MEMBER;
    return true;
}

// Connected: wait for what is shared.
static enum met await(struct share *share, int fd)
{
    size_t room = sizeof(struct keeper_answer) + strlen(share->key) + 1;
    cleanup_free char *bytes = malloc(room);
    struct parcel parcel = { .bytes = bytes, .size = room };
    int status = -1;
    int errnum = 0;

    if (bytes == NULL)
        return NEVER;
    for (int looks = 0; looks < LOOKS; looks++) {
        status = socket_receive(fd, &parcel);
        errnum = errno;
        if (status >= 0 || errnum != EAGAIN || !proc_is_at_work(share->first))
            break;
        log_why("sharing: pid %d is still at work", (int)share->first);
    }
    if (status == 0 || (status < 0 && errnum == ECONNRESET))
        return AGAIN;
    if (status < 0) {
        log_warn("can't share: no answer from pid %d: %s", (int)share->first,
                 errnum == EAGAIN ? "it may be stopped" : strerror(errnum));
        return NEVER;
    }
    if (take(share, &parcel))
        return MET;
    for (size_t i = 0; i < parcel.count; i++)
        close(parcel.fds[i]);
    log_why("sharing: pid %d has something else", (int)share->first);
    return NEVER;
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
    return await(share, fd);
}

static enum met try_once(struct share *share, const char *name)
{
    cleanup_close int fd = socket_open(SILENCE);

    if (fd < 0) {
        log_why("sharing: can't make a socket: %s", strerror(errno));
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
    log_why("sharing: can't meet at %s: %s", name, strerror(errno));
    return NEVER;
}

static bool meet(struct share *share, const char *name)
{
    int pauses = 0;

    while (true) {
        switch (try_once(share, name)) {
        case MET:
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

// What hinders it concerns nobody but those who want one container.
static int go_alone(struct share *share)
{
    share->role = SHARE_ALONE;
    if (share->group.whole)
        return failed(0, "join: can't meet the peers of group %s (see -v -v)",
                      share->group.name);
    log_why("sharing: going alone");
    return 0;
}

int share_meet(const struct share_group *group, struct share *share)
{
    char name[SOCKET_NAME_MAX];

    *share = (struct share){
        .group = *group, .listener = -1, .keeper = -1, .user = -1, .mounts = -1
    };
    if (group->image_count > SHARE_IMAGES)
        return go_alone(share);
    for (size_t i = 0; i < group->image_count; i++)
        share->images[i] = -1;
    share->key = make_key(group);
    if (share->key == NULL)
        return -1;
    if (strlen(share->key) > KEY_MAX)
        return go_alone(share);
    make_name(share->key, name);
    if (!meet(share, name))
        return go_alone(share);
    if (group->whole)
        log_step("join: I %s", share->role == SHARE_FIRST ? "won" : "lost");
    log_why("sharing: %s at %s",
            share->role == SHARE_FIRST ? "the first" : "a member", name);
    return 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void share_close(struct share *share)
{
    if (share->key == NULL)
        return;
    close_one(&share->listener);
    close_one(&share->keeper);
    close_one(&share->user);
    close_one(&share->mounts);
    for (size_t i = 0; i < share->group.image_count; i++)
        close_one(&share->images[i]);
    free(share->key);
    share->key = NULL;
}

// As Charliecloud's users look for it. What "IPC resources" were for, the
// counting of peers, is over; there is nothing that could stay.
static void tell_progress(const struct share *share)
{
    long left = (long)share->group.expected - (long)share->came;

    if (share->group.expected > 0)
        log_step("join: %ld peers left excluding myself", left < 0 ? 0 : left);
    if (share->group.expected > 0 && left <= 0)
        log_step("join: cleaning up IPC resources");
    log_step("join: done");
}

// The first can't give what it has: those who wait see it at once.
static int give_up(struct share *share, const char *what)
{
    if (share->group.whole)
        log_warn("join: can't %s: %s; peers will have another container", what,
                 strerror(errno));
    else
        log_why("sharing: can't %s: %s", what, strerror(errno));
    close_one(&share->keeper);
    share->role = SHARE_ALONE;
    return 0;
}

int share_start(struct share *share)
{
    const struct share_group *group = &share->group;
    struct keeper_task task = { .listener = share->listener,
                                .key = share->key,
                                .expected = group->expected,
                                .images =
                                    group->whole ? 0 : group->image_count };

    if (share->role != SHARE_FIRST)
        return 0;
    share->keeper = keeper_start(&task);
    // the keeper's alone: the name is free when it has ended
    close_one(&share->listener);
    if (share->keeper >= 0)
        return 0;
    if (group->whole)
        return -1;
    log_why("sharing: %s", err_text());
    err_clear();
    share->role = SHARE_ALONE;
    return 0;
}

int share_tell_user(struct share *share)
{
    if (share->role != SHARE_FIRST)
        return 0;
    cleanup_close int user = ns_open("user");
    if (user < 0)
        return -1;
    if (keeper_tell_user(share->keeper, user) < 0)
        return give_up(share, "tell of the user namespace");
    return 0;
}

int share_note_mounts(struct share *share)
{
    if (share->role != SHARE_FIRST || !share->group.whole)
        return 0;
    share->mounts = ns_open("mnt");
    return share->mounts < 0 ? -1 : 0;
}

int share_tell_images(struct share *share)
{
    if (share->role != SHARE_FIRST || share->group.whole)
        return 0;
    if (keeper_tell_end(share->keeper) < 0)
        return give_up(share, "tell of the images");
    return 0;
}

int share_tell_container(struct share *share)
{
    if (share->role != SHARE_FIRST || !share->group.whole)
        return 0;
    log_step("join: winner initializing shared data");
    if (keeper_tell_mounts(share->keeper, share->mounts) < 0)
        return give_up(share, "tell of the container");
    tell_progress(share);
    return 0;
}

void share_enter_user(struct share *share)
{
    if (share->role != SHARE_MEMBER)
        return;
    log_step("joining user namespace of pid %d", (int)share->first);
    if (ns_enter(share->user) == 0)
        return;
    log_why("sharing: can't join the user namespace: %s", strerror(errno));
    share->role = SHARE_ALONE;
}

int share_enter_container(struct share *share)
{
    log_step("joining namespaces of pid %d", (int)share->first);
    if (ns_enter(share->user) < 0)
        return failed(errno, "can't join user namespace of pid %d",
                      (int)share->first);
    if (ns_enter(share->mounts) < 0)
        return failed(errno, "can't join mnt namespace of pid %d",
                      (int)share->first);
    tell_progress(share);
    return 0;
}

bool share_has(const struct share_part *part)
{
    return part->share != NULL && part->share->role == SHARE_MEMBER &&
           !part->share->group.whole;
}

int share_put(const struct share_part *part, int target)
{
    if (mount_put(part->share->images[part->index], target) < 0)
        return failed(errno, "can't put the peers' image into place");
    return 0;
}

int share_offer(const struct share_part *part, int mount, pid_t server)
{
    struct share *share = part->share;

    if (share == NULL || share->role != SHARE_FIRST || share->group.whole)
        return 0;
    cleanup_close int copy = mount_copy(mount);
    if (copy < 0)
        return give_up(share, "copy the image's mount");
    cleanup_close int process = server > 0 ? proc_open(server) : -1;
    if (keeper_tell_image(share->keeper, part->index, copy, process) < 0)
        return give_up(share, "tell of the image");
    return 0;
}
