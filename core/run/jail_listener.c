// jail_listener.c - who decides over system calls instead of the kernel
// (seccomp_unotify(2)).
//
// He listens at a path of the host's, so he is connected to first of all; what
// he gets is there only when the filter is, in the very end.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/kernel/socket.h"
#include "core/kernel/socket_path.h"
#include "core/run/jail_work.h"

int jail_connect_listener(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    const char *path = plan->filter.listener;

    work->listener = -1;
    if (!plan->has_filter || !filter_notifies(&plan->filter))
        return 0;
    if (path == NULL || path[0] == '\0')
        return failed(0, "linux.seccomp.listenerPath: missing, though there is "
                         "SCMP_ACT_NOTIFY");
    work->listener = socket_connect_path(path);
    if (work->listener < 0)
        return failed(errno, "linux.seccomp.listenerPath: can't connect to %s",
                      path);
    return 0;
}

// From here on, what the filter notifies of waits for the listener: nothing but
// sending is done by this process until he knows.
int jail_install_filter(struct jail_work *work)
{
    const struct jail *plan = work->plan;
    cleanup_close int notices = -1;
    cleanup_free char *text = NULL;
    struct parcel parcel = { .count = 1 };

    if (work->listener < 0)
        return filter_install(&work->filter, NULL);
    text = plan->listener_text(plan->hook_context, plan->filter.metadata,
                               work->told);
    if (text == NULL || filter_install(&work->filter, &notices) < 0)
        return -1;
    parcel.bytes = text;
    parcel.size = strlen(text);
    parcel.fds[0] = notices;
    if (socket_send(work->listener, &parcel) < 0)
        return failed(errno, "can't send the seccomp descriptor to %s",
                      plan->filter.listener);
    scope_close(&work->listener);
    work->listener = -1;
    return 0;
}
