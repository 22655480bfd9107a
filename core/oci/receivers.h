// receivers.h - what other programs get by sockets: descriptors of a container.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/oci/spec.h"

// The "container process state" of the runtime specification, for struct
// jail.listener_text; state_of is a struct state. The caller frees.
char *receivers_text(const void *state_of, const char *metadata, pid_t pid);

// Send a descriptor of the process to the socket of the annotation
// run.oci.pidfd_receiver, crun's, if there is one. 0, or -1 after failed().
int receivers_send_process(const struct spec *spec, pid_t pid);

// The same to the socket of --pidfd-socket, runc's; NULL: there is none.
int receivers_send_pidfd(const char *path, pid_t pid);
