// lifecycle.h - the operations of the OCI runtime specification.
//
// create.c, run.c and lifecycle.c carry them out. What an operation leaves to
// the next is in the container's folder (folder.h, state.h).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/oci/adapt.h"
#include "core/oci/cgroup.h"
#include "core/oci/folder.h"
#include "core/oci/spec.h"
#include "core/oci/state.h"

#define LIFECYCLE_DOOR "start" // in the folder: see core/run/door.h

// How a container is to be made. Strings are borrowed.
struct creation {
    const char *root; // --root, or NULL
    const char *id;
    const char *bundle, *config; // NULL: the working directory, config.json
    const char *image;           // to make a bundle of, instead; or NULL
    char *const *args;           // for its entrypoint, NULL: as the image says
    const char *overlay;         // as root_annotations.h has it, or NULL
    const char *pid_file;        // or NULL
    const char *pidfd_socket;    // likewise, see receivers.h
    enum cgroup_manager cgroup_manager;
    struct adapt_options adapt;
    bool detach; // run: do not wait for its end
    bool keep;   // run: leave the state when it has ended
};

// A bundle, read and adapted to its caller. 0, or -1 after failed().
// creation_free() in any case.
struct bundle {
    char *path; // canonical
    struct spec spec;
};
int bundle_load(struct bundle *bundle, const struct creation *how);
void bundle_free(struct bundle *bundle);
#define cleanup_bundle __attribute__((cleanup(bundle_free)))

// A container that was made, or found.
struct container_handle {
    struct folder folder;
    struct state state;
    bool destroyed; // by what failed
};

#define HANDLE_NONE           \
    {                         \
        .folder = FOLDER_NONE \
    }

// 0, or -1 after failed(). handle_close() in any case.
int handle_open(struct container_handle *handle, const char *root,
                const char *id);
void handle_close(struct container_handle *handle);
#define cleanup_handle __attribute__((cleanup(handle_close)))
enum status handle_status(const struct container_handle *handle);

// "pid", its first process, waits to be started: it is noted, and written to
// the file of pid_file.h. 0, or -1 after failed().
int handle_made(struct container_handle *handle, const char *pid_file,
                pid_t pid);

// Make the container up to where it waits to be started. On failure nothing is
// left of it. 0, or -1 after failed(). handle_close() in any case.
int lifecycle_create(const struct creation *how, const struct bundle *bundle,
                     struct container_handle *handle);

// How it is, once it is made, for which this waits so many milliseconds at
// most: whoever saw the container appear need not wait himself.
enum status lifecycle_settle(struct container_handle *handle, int most);

// Start what waits. 0, or -1 after failed(), also with what the container says.
int lifecycle_start(struct container_handle *handle);

// All of the above, wait, remove: the exit status of the process, or -1 after
// failed(). It may be this process that becomes the container's.
int lifecycle_run(const struct creation *how);

// Send a signal to the first process, or all. 0, or -1 after failed().
int lifecycle_kill(struct container_handle *handle, int signal, bool all);

// Remove what is left of it; "force": kill it before. 0, or -1 after failed().
int lifecycle_delete(struct container_handle *handle, bool force);

// Keep all of its processes from running, and let them again. 0, or -1 after
// failed().
int lifecycle_pause(struct container_handle *handle);
int lifecycle_resume(struct container_handle *handle);

// The number of "TERM", "SIGTERM", "15", "RTMIN+1"; -1 after failed().
int lifecycle_signal(const char *word);

// What hooks are told, for struct jail.hook_text; the context is the state.
char *lifecycle_hook_text(const void *state, const char *status, pid_t pid);

// The hooks of what has ended; what they say against it is a warning.
void lifecycle_run_poststop(const struct state *state,
                            const struct jail_hooks *hooks);
