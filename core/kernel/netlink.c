// netlink.c - ask the kernel about its network devices, and change them.
// SPDX-License-Identifier: MIT
#include "core/kernel/netlink.h"

#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_SIZE 32768 // bytes; what the kernel makes answers of at most

int netlink_open(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

void netlink_begin(struct netlink_request *request, int type, int flags,
                   const void *head, size_t size)
{
    memset(request, 0, sizeof *request);
    request->header = (struct nlmsghdr){
        .nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
        .nlmsg_type = (uint16_t)type,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
    };
    memcpy(NLMSG_DATA(&request->header), head, size);
}

void netlink_add(struct netlink_request *request, int type, const void *value,
                 size_t size)
{
    size_t length = NLMSG_ALIGN(request->header.nlmsg_len);
    struct rtattr attribute = { .rta_len = (unsigned short)RTA_LENGTH(size),
                                .rta_type = (unsigned short)type };
    char *end = (char *)request + length;

    assert(length + RTA_SPACE(size) <= sizeof *request);
    memcpy(end, &attribute, sizeof attribute);
    memcpy(end + RTA_LENGTH(0), value, size);
    request->header.nlmsg_len = (uint32_t)(length + RTA_SPACE(size));
}

// 1: there is more to come; 0: that was all; -1 with errno.
static int take_one(struct nlmsghdr *message, struct netlink_taker *taker)
{
    int error = 0;

    if (message->nlmsg_type != NLMSG_ERROR &&
        message->nlmsg_type != NLMSG_DONE) {
        if (taker != NULL)
            taker->take(taker, message);
        return 1;
    }
    // both begin with it
    if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error))
        memcpy(&error, NLMSG_DATA(message), sizeof error);
    if (error == 0)
        return 0;
    errno = -error;
    return -1;
}

int netlink_ask(int fd, struct netlink_request *request,
                struct netlink_taker *taker)
{
    _Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
    int more = 1;

    if (send(fd, request, request->header.nlmsg_len, 0) < 0)
        return -1;
    while (more > 0) {
        ssize_t n = recv(fd, answer, sizeof answer, 0);
        struct nlmsghdr *at = (struct nlmsghdr *)answer;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        for (; more > 0 && NLMSG_OK(at, (size_t)n); at = NLMSG_NEXT(at, n))
            more = take_one(at, taker);
    }
    return more;
}
