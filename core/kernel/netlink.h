// netlink.h - ask the kernel about its network devices, and change them
// (rtnetlink(7)).
// SPDX-License-Identifier: MIT
#pragma once

#include <linux/netlink.h>
#include <stddef.h>

#define NETLINK_ROOM 1024 // bytes of a request; those of ours are small

struct netlink_request {
    struct nlmsghdr header;
    char room[NETLINK_ROOM];
};

// A socket of the network namespace that this process is in now. -1 with errno.
int netlink_open(void);

// A request of this type with the structure that such have at their beginning;
// then its attributes.
void netlink_begin(struct netlink_request *request, int type, int flags,
                   const void *head, size_t size);
void netlink_add(struct netlink_request *request, int type, const void *value,
                 size_t size);

// Send it, and hand what is answered to take(), which may be NULL. 0, or -1
// with errno, which is the kernel's.
struct netlink_taker {
    void (*take)(struct netlink_taker *taker, struct nlmsghdr *message);
};
int netlink_ask(int fd, struct netlink_request *request,
                struct netlink_taker *taker);
