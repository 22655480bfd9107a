// receivers.c - what other programs get by sockets: descriptors of a container.
// SPDX-License-Identifier: MIT
#include "core/oci/receivers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/proc.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/socket.h"
#include "core/kernel/socket_path.h"
#include "core/oci/state.h"

#define RECEIVER "run.oci.pidfd_receiver"

// Without the brace that ends it.
static char *open_text(const struct state *state, const char *metadata,
                       pid_t pid)
{
    struct json *document = json_object();
    char *text;

    json_add_string(document, "ociVersion",
                    state->version != NULL ? state->version : SPEC_VERSION);
    json_append_string(json_add_array(document, "fds"), "seccompFd");
    json_add_number(document, "pid", pid);
    if (metadata != NULL)
        json_add_string(document, "metadata", metadata);
    text = json_text(document, false);
    json_free(document);
    if (text != NULL)
        text[strlen(text) - 1] = '\0';
    return text;
}

char *receivers_text(const void *state_of, const char *metadata, pid_t pid)
{
    const struct state *state = state_of;
    cleanup_free char *begin = open_text(state, metadata, pid);
    bool first = state->pid == 0 || state->pid == pid;
    struct json *document = state_json(state, first ? "creating" : "running",
                                       first ? pid : state->pid);
    cleanup_free char *inner = json_text(document, false);

    json_free(document);
    if (begin == NULL || inner == NULL)
        return NULL;
    return str_printf("%s,\"state\":%s}", begin, inner);
}

// "bytes" is the message with it.
static int send_pidfd(const char *path, pid_t pid, char *bytes)
{
    struct parcel parcel = { .bytes = bytes,
                             .size = bytes[0] != '\0' ? strlen(bytes) : 1,
                             .count = 1 };
    cleanup_close int process = proc_open(pid);
    cleanup_close int socket = process < 0 ? -1 : socket_connect_path(path);

    parcel.fds[0] = process;
    return socket < 0 ? -1 : socket_send(socket, &parcel);
}

int receivers_send_pidfd(const char *path, pid_t pid)
{
    char name[] = "pidfd";

    if (path == NULL || send_pidfd(path, pid, name) == 0)
        return 0;
    return failed(errno, "--pidfd-socket: can't send to %s", path);
}

int receivers_send_process(const struct spec *spec, pid_t pid)
{
    const char *path = spec_annotation(spec, RECEIVER);
    char byte[] = "";

    if (path == NULL || send_pidfd(path, pid, byte) == 0)
        return 0;
    return failed(errno, "annotation " RECEIVER ": can't send to %s", path);
}
