// share.h - peers on a node share what their containers are made of.
//
// Peers are the ranks of a job step, or whoever was started with the same
// --join-tag. They share their images: one server, one user namespace and so
// one page cache, while each has a mount namespace of its own. Or they share
// the container as a whole. Whoever comes first makes it; the others get it,
// at any time as long as one of them lives, from the keeper (keeper.h).
//
// Peers meet at an abstract socket, whose name is made of all that they must
// agree upon. Binding it is the lock: who gets the name is the first, and is
// so no longer as soon as he is dead; who was waiting for him begins anew.
//
// In the order of use. Alone: share_meet() and no more. First: share_start()
// before any namespace is entered, share_tell_user() in the user namespace;
// share_offer() for each image once it is mounted and share_tell_images(), or
// share_note_mounts() and share_tell_container(). Member: share_enter_user()
// and share_put(), or share_enter_container().
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/run/users.h"

#define SHARE_IMAGES 60 // at most

// What makes peers. Strings are borrowed,
// for share_meet().
struct share_group {
    const char *name;  // the step's, or a tag
    unsigned expected; // peers that will come; 0: unknown
    bool whole;        // they share the container, not only its images
    uid_t uid;         // in the container
    gid_t gid;
    bool id_ranges;      // and its further ids are mapped
    char *const *images; // what tells each from others, see image_identity()
    size_t image_count;
    const char *shape; // of the root, see shape_of(); NULL: not shared
};

enum share_role { SHARE_ALONE, SHARE_FIRST, SHARE_MEMBER };

struct share {
    enum share_role role;
    struct share_group group;
    char *key;
    char *shape;              // as in "group", of which only numbers last
    int listener;             // first: of the group's name
    int keeper;               // first: the channel to it
    int user;                 // member: the user namespace
    int mounts;               // the container's mount namespace, or for a
                              // member a copy of its root; -1: none
    int images[SHARE_IMAGES]; // member: a mount of each
    pid_t first;              // member: who it was; 0 if out of sight
    unsigned came;            // peers so far, with this one
};

// Find the peers, and wait for the first of them until it has what is shared.
// What hinders it is told, and this process then goes alone; it is an error
// only where the container as a whole is to be shared. 0, or -1 after
// failed(). share_close() in any case.
int share_meet(const struct share_group *group, struct share *share);
void share_close(struct share *share);
#define cleanup_share __attribute__((cleanup(share_close)))

// For those who are alone, these do nothing and return 0; else 0, or -1 after
// failed(). Where the first can't share any more, as when its keeper is killed,
// it goes on alone.
int share_start(struct share *share);
int share_tell_user(struct share *share);
int share_note_mounts(struct share *share); // in the new mount namespace
int share_tell_container(struct share *share);

// The root is complete, and nothing but it is in the mount namespace: leave
// that behind for peers who want the same root, with these users files.
int share_leave_root(struct share *share, const struct users *users);

// All images are offered, and what is to be mounted on them by the first one
// is mounted. Not before, because of Linux 6.16 and later: where two processes
// look up a name of a FUSE file system for the first time at once, one may
// throw out the other's entry, and with it what is mounted there by then. Peers
// find the entries that they mount upon.
int share_tell_images(struct share *share);

// Enter the peers' user namespace, if this is a member; who can't is alone from
// then on. The mount namespace is still the caller's own.
void share_enter_user(struct share *share);

// Enter a root of this member's own that is as the first one built it. 1; 0:
// there is none, but perhaps images; -1 after failed().
int share_enter_root(struct share *share);

// Enter the container of the peers as a member. 0, or -1 after failed().
int share_enter_container(struct share *share);

// One image of those that share_meet() was told of; {} when nothing is shared.
struct share_part {
    struct share *share;
    size_t index;
};

// Has it been mounted by a peer, for us to put into place?
bool share_has(const struct share_part *part);

// Do so: on top of the directory "target". 0, or -1 after failed().
int share_put(const struct share_part *part, int target);

// As the first, offer the image, mounted with the root "mount", or the
// container that it is part of; without the process "server" (0: none) it is
// dead. Otherwise nothing. 0, or -1 after failed().
int share_offer(const struct share_part *part, int mount, pid_t server);
