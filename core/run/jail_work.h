// jail_work.h - a container in the making, seen from inside; jail*.c only.
//
// One function for each part of the work, in the order in which jail.c calls
// them. What one part leaves to the next is in struct jail_work.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/kernel/capabilities.h"
#include "core/kernel/cgroups.h"
#include "core/run/container.h"
#include "core/run/gate.h"
#include "core/run/image.h"
#include "core/run/jail.h"
#include "core/run/layer.h"
#include "core/run/mountpoint.h"
#include "core/run/share.h"

struct jail_work {
    const struct jail *plan;
    struct gate *gate;         // where its maker is, or NULL
    struct container root;     // of the plan, what is about its root alone
    struct image *image;       // NULL: it is a directory
    struct layer layer;        // with changes of either
    char **words;              // of the process, for who is told of it
    struct share share;        // with other ranks
    struct mountpoints points; // with the new root
    struct cgroups cgroups;    // its own, by their paths on the host
    int pile;                  // the lowest mount of ours (core/kernel/root.h)
    int console_socket;        // where the terminal's other side goes, or -1
    int terminal;              // the program's side of it, or -1
    struct filter_program filter;
    int *mapped; // for each mount: its source with other ids, or -1; NULL: none
    int *devices;        // for each device: one made outside, or -1; NULL: none
    int listener;        // to whom the filter's descriptor goes, or -1
    int proc;            // the host's /proc (core/kernel/procfs.h), or -1
    int clocks;          // where those of a time namespace are set, or -1
    bool privileged;     // its maker may mount
    bool user_namespace; // it is in one that is not its maker's
    bool visits;         // a container that was there before it
    bool in_cwd; // the process's: what it may enter, the program need not
    pid_t told;  // the pid that others know it by
};

// jail_image.c: find what the root is made of, on the host, and lock the layer
// that has its changes. jail_close_image() in any case.
int jail_open_image(struct jail_work *work);
void jail_close_image(struct jail_work *work);

// Is it more than a directory of the host?
bool jail_has_image(const struct jail *plan);

// Put it on the pile: the new root, or -1 after failed().
int jail_put_image(struct jail_work *work);

// jail_namespaces.c: join and make all that are planned but a new one of
// cgroups (the process must be in its cgroup first), and start the server of
// the image in between. It may be another process that returns. 0, or -1 after
// failed().
int jail_enter_namespaces(struct jail_work *work);
int jail_become_root(void);
void jail_leave_groups(void);
int jail_go_on_in_child(struct jail_work *work);
int jail_enter_cgroup_namespace(const struct jail_work *work);

// jail_peers.c: the ranks of a step share the image. What makes the image is
// done by the first one. 0, or -1 after failed().
int jail_meet_peers(struct jail_work *work);
int jail_serve_image(struct jail_work *work);

// A new user namespace with the maps of the plan.
int jail_make_user_namespace(const struct jail *plan);

// jail_idmap.c: sources of binds with other ids, which takes the privileges
// that the maker has outside of the new user namespace. Before all others.
int jail_map_sources(struct jail_work *work);
void jail_forget_sources(struct jail_work *work);

// jail_lock.c: what the mounts of these sources do not allow, nor shall the
// container; and device files for a user namespace, where that has to be left
// to its maker.
int jail_lock_sources(struct jail_work *work);

// jail_copy_up.c: copy what is in one directory into another.
int jail_copy_up(const struct jail_work *work, int from, int to);

// jail_root.c: put the root on the pile, and later go there.
int jail_put_root(struct jail_work *work);
int jail_go_to_root(struct jail_work *work);

// For hooks that run before: the root, with all that is mounted in it, where
// the bundle has it. Without a directory there, nothing is done.
int jail_show_root(const struct jail_work *work);

// jail_bare.c: the same without a mount namespace, by chroot(2); and for one
// that joins such a container: the root, -1 after failed(), and then go there
// and close it, unless it is -1.
bool jail_is_bare(const struct jail *plan);
int jail_open_bare_root(struct jail_work *work);
int jail_enter_bare_root(struct jail_work *work);
int jail_find_bare_root(pid_t pid);
int jail_join_bare_root(int root);

// jail_cgroups.c: note the container's own groups, and show them: those of a
// host with version 1, in the directory of a tmpfs, by MOUNT_ATTR_* to be set.
int jail_note_cgroups(struct jail_work *work);
bool jail_has_cgroups_1(const struct jail_work *work);
int jail_bind_cgroups(const struct jail_work *work, int dir, uint64_t set);

// jail_mounts.c
int jail_mount_all(struct jail_work *work);

// jail_devices.c: device files and links.
int jail_make_devices(struct jail_work *work);

// A link in the container with the text of this one of the host's. 0, or -1
// after failed().
int jail_copy_link(struct jail_work *work, const char *source,
                   const char *place);

// The directory that "path" is in, made if need be, and the last name. -1 after
// failed().
int jail_open_parent(struct jail_work *work, const char *path,
                     const char **name);

// jail_terminal.c: that of the process, and for a container as its console. The
// socket is a path of the host's, so it is connected to first of all.
int jail_connect_console(struct jail_work *work);
int jail_make_terminal(struct jail_work *work);
int jail_put_console(struct jail_work *work);

// jail_listener.c: who hears of system calls; likewise connected to early.
int jail_connect_listener(struct jail_work *work);
int jail_install_filter(struct jail_work *work);

// jail_hide.c: masked and read-only paths.
int jail_hide_paths(const struct jail_work *work);

// jail_settings.c: what is the container's or the process's by way of the
// host's /proc: hostname, sysctl; oom_score_adj while it is the process of its
// maker's.
int jail_apply_settings(const struct jail_work *work);
int jail_set_oom_score(const struct jail_work *work);

// jail_guard.c: first of all, the host's descriptors are put out of reach, and
// its /proc opened; then, before others of the container see the process, that
// itself; and last its labels.
int jail_guard_descriptors(const struct jail *plan);
int jail_open_proc(struct jail_work *work);
int jail_guard_process(const struct jail_work *work);
int jail_set_labels(struct jail_work *work);

// jail_tuning.c: the offsets of a new time namespace's clocks, before a process
// is in it; a session keyring; CPUs of one that joins, "cpus" from its plan,
// "name" for messages; and, last, when it gets CPU, disks and memory.
int jail_open_clocks(struct jail_work *work);
int jail_set_clocks(struct jail_work *work);
int jail_new_keyring(const struct jail *plan);
int jail_stay_on(const char *cpus, const char *name);
int jail_tune(const struct jail *plan);

// jail_capabilities.c: the sets of the plan, but for what can't be granted,
// which is warned of; before any is given up.
struct capabilities jail_read_capabilities(const struct jail_capabilities *c);

// jail_streams.c: the standard streams become the user's, where that may be.
void jail_give_streams(const struct jail_user *user);

// jail_process.c: in the new root. The first part is all that can be told
// before the container is started; the second returns only on failure.
int jail_prepare_process(struct jail_work *work, char **program);
int jail_become(struct jail_work *work, const char *program);
