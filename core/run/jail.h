// jail.h - the plan of a container in full: what the OCI runtime specification
// can ask of Linux, as plain data.
//
// struct container (container.h) is the plan of ch-run: a command of the caller
// in a user and a mount namespace. This one is the other kind: any namespaces,
// made or joined, any mounts in their order, other users, a process that waits
// before it becomes its program. Two plans rather than one with a flag for each
// difference; what they have in common are the functions that carry them out
// (image.h, squashfs.h, mountpoint.h, root.h, namespaces and mounts of
// core/kernel).
//
// core/oci fills it by its tables of JSON fields; core/run/jail.c carries it
// out. It is const from then on. All strings are borrowed.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/fields.h"
#include "core/kernel/filter.h"
#include "core/kernel/scheduler.h"
#include "core/run/subids.h"

struct jail_namespace {
    int type;         // CLONE_NEW*
    const char *path; // to join; NULL: a new one
};

struct jail_mount {
    const char *destination;
    const char *type;   // NULL: a bind, or the words tell
    const char *source; // NULL: none; relative to the bundle
    const char *const *options;
    const struct id_range *uid_map, *gid_map;
    size_t uid_map_count, gid_map_count;
    bool dispensable; // that it can't be had is only worth a warning
};

struct jail_device {
    const char *path;
    const char *type; // "c", "u", "b", "p"
    struct maybe major, minor;
    struct maybe mode; // of the file
    uint32_t uid, gid;
};

struct jail_rlimit {
    int resource; // RLIMIT_*
    uint64_t soft, hard;
};

struct jail_capabilities {
    bool given; // else all are dropped
    const char *const *bounding;
    const char *const *effective;
    const char *const *inheritable;
    const char *const *permitted;
    const char *const *ambient;
};

struct jail_user {
    uint32_t uid, gid;
    struct maybe umask;
    const uint32_t *groups; // the additional ones
    size_t group_count;
};

// What runs in it: the container's first process, or one that joins it later.
struct jail_process {
    bool terminal;
    struct {
        uint32_t height, width; // characters; 0: as it is
    } console;
    const char *cwd;
    const char *const *args;
    const char *const *env;
    struct jail_user user;
    struct jail_capabilities capabilities;
    const struct jail_rlimit *rlimits;
    size_t rlimit_count;
    bool no_new_privileges;
    bool listens; // on sockets that it is given: sd_listen_fds(3)
    struct maybe oom_score_adj;
    const char *apparmor_profile;
    const char *selinux_label;
    bool has_scheduler;
    struct scheduler scheduler;
    bool has_disk_priority;
    struct {
        int class, level; // scheduler.h
    } disk_priority;
    // of one that joins, as number_list.h has it: before and after it is in its
    // control group; NULL: as they are
    const char *first_cpus, *final_cpus;
};

struct jail_clock {
    struct maybe seconds;
    uint32_t nanoseconds;
};

struct jail_memory_policy {
    bool given;
    int mode; // memory_policy.h
    uint32_t flags;
    const char *nodes; // as number_list.h has it, or NULL
};

struct jail_personality {
    bool given;
    int domain; // personality(2)
    uint32_t flags;
};

struct jail_hook {
    const char *path;
    const char *const *args; // NULL: the path alone
    const char *const *env;  // NULL: the caller's, as in crun and runc
    struct maybe timeout;    // seconds
};

struct jail_hooks {
    const struct jail_hook *items;
    size_t count;
    size_t first;       // the number of the first of them, for messages
    int output, errors; // descriptors of what it says; 0: the caller's
};

struct jail {
    const char *bundle; // directory, canonical; relative sources start there
    const char *root;   // directory or SquashFS file, canonical
    const char
        *image; // in its place, as ch-run takes one (container.h); or NULL
    // Where the changes of these go, if they are not to go there (container.h);
    // a root that is read-only has no use for memory.
    const char *overlay_size;
    const char *layer;
    bool layer_read_only;
    bool root_read_only;
    bool keep_image; // mount points that it lacks are not made in it
    const char *root_propagation; // a word of mount_words.h, or NULL
    bool no_pivot;                // move the root instead, as an initrd needs

    const struct jail_namespace *namespaces;
    size_t namespace_count;
    const struct id_range *uid_map, *gid_map; // of a new user namespace
    size_t uid_map_count, gid_map_count;

    const char *hostname;
    const char *domainname;
    const struct pair *sysctl;
    size_t sysctl_count;
    bool has_clocks; // offsets of a new time namespace
    struct jail_clock monotonic, boottime;
    struct jail_memory_policy memory_policy;
    struct jail_personality personality;
    const char *mount_label; // SELinux's, of new file systems; or NULL
    bool keep_keyring;       // the session's, of the caller
    bool keep_groups;        // the caller's, with which files may be open to it

    const struct jail_mount *mounts;
    size_t mount_count;
    const struct jail_device *devices; // besides those that all have
    size_t device_count;
    const char *const *masked_paths;
    const char *const *read_only_paths;

    struct jail_process process;
    bool nothing_to_run; // it is made, and waits, but can't be started
    bool has_filter;     // of system calls
    struct filter filter;

    // hooks that are the container's own to run, with what they are told of it
    struct jail_hooks create_hooks; // createContainer: before the pivot
    struct jail_hooks start_hooks;  // startContainer: just before the program
    char *(*hook_text)(const void *context, const char *status, pid_t pid);
    const void *hook_context;

    // what the listener of the filter is told, by the same context
    char *(*listener_text)(const void *context, const char *metadata,
                           pid_t pid);

    // descriptors that the program keeps, besides 0, 1 and 2
    const int *keep_fds;
    size_t keep_fd_count;

    // ranks of a job step
    const char *step;    // whose ranks share the image (share.h); NULL: none
    unsigned step_ranks; // of the step on this node; 0: unknown
    bool foreign_path;   // args[0] may have been looked up outside of the image
    bool any_shell;      // args[0] is a shell of the user's on another system
    bool first_rank;     // tells of what concerns all of them
    const char *console_socket; // where the terminal's other side goes, or NULL
    int console; // the same, a connected socket that nobody insists on; 0: none
    bool own_session;     // it outlives the caller's
    bool dies_with_maker; // who waits for it, and must not leave it alone
    bool born_inside;     // in its PID namespace already: jail_fork()
};

// Is a new or joined namespace of this type, CLONE_NEW*, in the plan? NULL: no.
const struct jail_namespace *jail_find_namespace(const struct jail *plan,
                                                 int type);

// Does the plan demand that the program is another process than the caller (a
// new PID or time namespace, of which a process can't become a member)?
bool jail_needs_child(const struct jail *plan);

// Fork the process that is to enter: as fork(2). Where it can be, it is born in
// its new PID namespace, and "*inside" is set: that spares it another fork.
pid_t jail_fork(const struct jail *plan, bool *inside);

struct gate;
struct door;

// Turn the calling process into the container's program. "gate" is where its
// maker is, "door" where whoever starts it comes to; NULL: nobody does, and it
// goes straight on. Returns only on failure: -1 after failed().
int jail_enter(const struct jail *plan, struct gate *gate, struct door *door);

// Turn the calling process into "process" of the plan, in the container of the
// process that started at this time; of the plan only what is about processes
// counts. Returns only on failure: -1 after failed().
int jail_visit(const struct jail *plan, pid_t pid, uint64_t start_time,
               struct gate *gate);
