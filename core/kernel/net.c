// net.c - a network namespace of our own.
// SPDX-License-Identifier: MIT
#include "core/kernel/net.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/base/log.h"
#include "core/base/scope.h"

int net_raise_loopback(void)
{
    struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    log_call("ioctl(SIOCSIFFLAGS, lo, IFF_UP)");
    return fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &loopback);
}
