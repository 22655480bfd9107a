// making.c - what create and run have in common.
// SPDX-License-Identifier: MIT
#include "applets/oci/oci.h"

int oci_creation(const struct making_args *args, const char *id,
                 struct creation *how)
{
    *how = (struct creation){
        .root = args->global.root,
        .id = id,
        .bundle = args->bundle,
        .config = args->config,
        .pid_file = args->pid_file,
        .detach = args->detach,
        .keep = args->keep,
        .adapt = { .console_socket = args->console_socket,
                   .no_pivot = args->no_pivot,
                   .keep_keyring = args->no_new_keyring,
                   .keep_uid = args->keep_uid,
                   .preserve_fds = args->preserve_fds,
                   .own_session = args->detach },
    };
    return oci_cgroup_manager(&args->global, &how->cgroup_manager);
}
