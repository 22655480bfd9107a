// state.h - what is known of a container, and how it is.
//
// Nothing that changes by itself is written down: how a container is follows
// from its folder's lock and its process. So nothing has to be mended after a
// crash, whoever crashed.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/arena.h"
#include "core/base/fields.h"
#include "core/base/json.h"
#include "core/oci/folder.h"
#include "core/oci/spec.h"

enum status {
    STATUS_CREATING,
    STATUS_CREATED,
    STATUS_RUNNING,
    STATUS_PAUSED,
    STATUS_STOPPED,
};

struct state {
    const char *version; // of the specification, as the bundle has it
    const char *id;
    const char *bundle, *rootfs;     // canonical
    const char *created;             // RFC 3339
    const char *owner;               // name or number of the user who made it
    const char *cgroup;              // core/oci/cgroup.h; NULL: none
    const struct pair *cgroups_made; // what cgroup.c notes of each hierarchy
    size_t cgroups_made_count;
    const char *systemd_scope;   // that the group is; NULL: it is not systemd's
    const char *resctrl_group;   // core/oci/intel_rdt.h: what of it is to be
    const char *resctrl_monitor; // removed; NULL: nothing
    const struct pair *annotations;
    size_t annotation_count;
    int pid;             // 0: there is none yet
    uint64_t start_time; // of the process (core/base/proc.h)
    bool made;           // it waits to be started, or was

    struct arena arena; // of a loaded one
    struct json *document;
};

// Of a container that is about to be made from the spec, whose strings it
// borrows; "created" is now. state_free() in any case.
void state_begin(struct state *state, const char *id, const struct spec *spec);

// Note the process. 0, or -1 after failed().
int state_set_process(struct state *state, pid_t pid);

int state_save(const struct state *state, const struct folder *folder);

// 0, or -1 after failed(); a folder without a state is of a container that was
// never made, all but the id is empty then. state_free() in any case.
int state_load(struct state *state, const struct folder *folder);
void state_free(struct state *state);
#define cleanup_state __attribute__((cleanup(state_free)))

enum status state_status(const struct state *state,
                         const struct folder *folder);
const char *state_word(enum status status);

// The document of the specification's section "State", for callers and hooks,
// with what crun adds. The caller frees it with json_free().
struct json *state_json(const struct state *state, const char *status,
                        pid_t pid);
