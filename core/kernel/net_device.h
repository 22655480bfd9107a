// net_device.h - a network device goes from one network namespace to another.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#define NET_DEVICE_NAME 16 // bytes of a name, with the NUL

// A network namespace, and a socket of rtnetlink(7) there.
struct net_space {
    int ns, netlink; // -1: not open
};

#define NET_SPACE_NONE          \
    {                           \
        .ns = -1, .netlink = -1 \
    }

// Open this process's own; or the one at the path, which takes the right to go
// there and to come back. 0, or -1 after failed(); net_space_close() in any
// case.
int net_space_open_own(struct net_space *space);
int net_space_open(struct net_space *space, const char *path);
void net_space_close(struct net_space *space);
#define cleanup_net_space __attribute__((cleanup(net_space_close)))

struct net_device_move {
    const struct net_space *from, *to;
    const char *name;            // it has
    const char *new_name;        // it gets; "eth%d": with the least number
    bool up;                     // it is set so; else as it was
    char named[NET_DEVICE_NAME]; // what it is called there: filled
    bool was_up;                 // filled
};

// Move the device with those of its addresses that are permanent and global. It
// is an error if there is one of its new name already. 0, or -1 after failed():
// then it is where it was, if the kernel lets it.
int net_device_move(struct net_device_move *move);
