// container.h - the plan: everything that one container is to be.
//
// Plain data, made by a front door (ch-run from options, ch-oci from
// config.json) and not changed any more once it is launched. All strings are
// borrowed and must outlive the launch.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/run/fuse_use.h"

#include "core/base/command.h"

enum bind_need {
    BIND_REQUIRED,  // no source is an error, a missing target is made
    BIND_IF_SOURCE, // no source: skipped; a missing target is made
    BIND_IF_BOTH,   // skipped when either end does not exist
};

// What a bind is like, or'ed; by default as on the host.
enum bind_option {
    BIND_READ_ONLY = 1 << 0, // this and the next three: with all below it
    BIND_NO_SETUID = 1 << 1,
    BIND_NO_DEVICES = 1 << 2,
    BIND_NO_PROGRAMS = 1 << 3,
    BIND_SLAVE = 1 << 4,      // what the host mounts there later appears
    BIND_PRIVATE = 1 << 5,    // it does not
    BIND_WITH_BELOW = 1 << 6, // so do the mounts below it
    BIND_READ_WRITE = 1 << 7, // the user says so: of no effect, but see binds.c
};

// A directory or file of the host made visible in the container.
struct bind {
    const char *source; // path on the host
    const char *target; // path in the container, resolved within its root
    enum bind_need need;
    unsigned options; // enum bind_option
};

// One change of the environment; they are carried out in order.
enum env_action {
    ENV_SET,    // "text" is NAME=VALUE
    ENV_FILE,   // "text" is the contents of a file, one variable an entry
    ENV_INSIDE, // the same, of "file" in the container, which is read there
    ENV_UNSET,  // "text" is a glob over names
};

struct env_change {
    enum env_action action;
    const char *text;
    const char *file; // its path
    char separator;   // between entries of a file: '\n' or '\0'
    size_t size;      // ENV_FILE: bytes of text, which may hold NULs
    bool expand;      // $NAME items of values are expanded
};

enum home {
    HOME_IMAGE, // $HOME is /root if the image has it, else /
    HOME_HOST,  // the user's own, bound at /home/$USER
};

enum sharing {
    SHARING_IMAGE,     // the ranks of a job's step share what costs something
    SHARING_NONE,      // nothing
    SHARING_CONTAINER, // peers share the container, mounts and all
};

// Who shares what with whom on this node (share.h).
struct peers {
    enum sharing sharing;
    const char *tag; // SHARING_CONTAINER: what the peers have in common
    int count;       // of peers, this one included; 0: unknown
    pid_t pid;       // enter this process's container instead; 0: no
};

struct container {
    const char *image;       // directory, SquashFS file, tar, name in storage
    const char *storage;     // images have names there (core/run/storage.h)
    bool host;               // "image" is "/": the host as it is
    bool unsafe;             // allow what may spoil the storage
    uint64_t offset;         // bytes before the SquashFS image in its file
    const char *platform;    // of layers, see core/image/platform.h, or NULL
    const char *mount_point; // where to mount the image meanwhile, or NULL

    uid_t uid; // in the container
    gid_t gid;
    bool id_ranges; // besides these, the ids lent to the caller (subuid(5))

    bool write;               // the image itself is writable
    const char *overlay_size; // a tmpfs of this size takes the changes, or NULL
    const char *layer;        // a directory that takes or brings them, or NULL
    bool layer_read_only;     // it only brings them
    bool private_tmp;         // /tmp is a tmpfs, not the host's
    bool image_users;         // keep the image's /etc/passwd and /etc/group
    bool root_emulation;      // calls that need privilege seem to succeed
    enum home home;

    const struct bind *binds; // the user's; after the default ones
    size_t bind_count;
    const struct command *self; // the names of this program by which it is to
                                // be found in /usr/bin, or NULL: not at all
    // folders of the container: libraries that are bound there are made known
    // to its dynamic linker
    char *const *library_folders;
    size_t library_folder_count;
    // links to make, TEXT::PATH; what is there already is kept
    char *const *links;
    size_t link_count;
    const struct env_change *env_changes;
    size_t env_change_count;

    struct peers peers;

    const char *directory; // working directory in the container
    char *const *argv;     // NULL-terminated
    bool default_command;  // the image's own, with "argv" as its arguments
    bool no_stdout;        // the command's standard output goes nowhere
    bool no_stderr;        // and its standard error output

    enum fuse_use fuse;    // for a SquashFS image
    uint64_t unpack_size;  // bytes of memory for it; 0: half of what is free
    unsigned fuse_threads; // 0: as many as pay
    uint64_t fuse_cache;   // bytes; 0: default
    const char *report;    // a file for statistics of the server at the end, or
                           // NULL
    const char *record;    // a file for the paths of files that are read of the
                           // image, or NULL
    const char *prefetch;  // see fetch_list.h, or NULL
};

// A plan that asks for nothing: the caller's own ids, all else off.
void container_defaults(struct container *plan);
