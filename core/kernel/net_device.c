// net_device.c - a network device goes from one network namespace to another.
//
// The kernel takes a device's addresses away when it leaves, so they are noted
// before, and added again. Sources: rtnetlink(7), "Network Devices" of the
// runtime specification's config-linux.md, and the kernel's do_setlink(): where
// a new name is in use, the device has moved already when that is found out,
// and so it is looked at before.
// SPDX-License-Identifier: MIT
#include "core/kernel/net_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/netlink.h"
#include "core/kernel/ns.h"

#define ADDRESSES_MAX 64  // of a device
#define ADDRESS_SIZE 16   // bytes, of IPv6
#define NUMBERS_MAX 65536 // tried for a name like "eth%d"

static const char *may(int errnum)
{
    return errnum == EPERM ? " (only root may)" : "";
}

// --- the two namespaces

int net_space_open_own(struct net_space *space)
{
    *space = (struct net_space)NET_SPACE_NONE;
    space->ns = ns_open("net");
    if (space->ns < 0)
        return -1;
    space->netlink = netlink_open();
    if (space->netlink < 0)
        return failed(errno, "can't ask for network devices");
    return 0;
}

int net_space_open(struct net_space *space, const char *path)
{
    cleanup_close int own = ns_open("net");

    *space = (struct net_space)NET_SPACE_NONE;
    space->ns = own < 0 ? -1 : ns_open_path(path, CLONE_NEWNET);
    if (space->ns < 0)
        return -1;
    if (ns_enter(space->ns) < 0)
        return failed(errno, "can't enter the network namespace %s%s", path,
                      may(errno));
    space->netlink = netlink_open();
    if (ns_enter(own) < 0)
        return failed(errno, "can't come back to the network namespace");
    if (space->netlink < 0)
        return failed(errno, "can't ask for network devices");
    return 0;
}

void net_space_close(struct net_space *space)
{
    scope_close(&space->ns);
    scope_close(&space->netlink);
}

// --- a device

struct link {
    struct netlink_taker taker;
    int index; // 0: none
    bool up;
};

static void take_link(struct netlink_taker *taker, struct nlmsghdr *message)
{
    struct link *link = (struct link *)taker;
    const struct ifinfomsg *head = NLMSG_DATA(message);

    if (message->nlmsg_type != RTM_NEWLINK)
        return;
    link->index = head->ifi_index;
    link->up = (head->ifi_flags & IFF_UP) != 0;
}

// The one of this name; -1 with errno, ENODEV: there is none.
static int find_link(const struct net_space *space, const char *name,
                     struct link *link)
{
    struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
    struct netlink_request request;

    *link = (struct link){ .taker = { take_link } };
    netlink_begin(&request, RTM_GETLINK, 0, &head, sizeof head);
    netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    if (netlink_ask(space->netlink, &request, &link->taker) < 0)
        return -1;
    errno = ENODEV;
    return link->index > 0 ? 0 : -1;
}

static int set_up(const struct net_space *space, int index)
{
    struct ifinfomsg head = { .ifi_family = AF_UNSPEC,
                              .ifi_index = index,
                              .ifi_flags = IFF_UP,
                              .ifi_change = IFF_UP };
    struct netlink_request request;

    netlink_begin(&request, RTM_NEWLINK, 0, &head, sizeof head);
    return netlink_ask(space->netlink, &request, NULL);
}

// --- its addresses

struct address {
    struct ifaddrmsg head;
    uint32_t flags;
    struct part {
        size_t size; // 0: there is none
        char bytes[ADDRESS_SIZE];
    } parts[IFA_BROADCAST + 1]; // by IFA_*: ADDRESS, LOCAL, BROADCAST
};

struct addresses {
    struct netlink_taker taker;
    unsigned index; // of their device
    struct address items[ADDRESSES_MAX];
    size_t count;
    bool more; // than there is room for
};

static void read_address(struct address *address, struct nlmsghdr *message)
{
    struct rtattr *at = IFA_RTA(NLMSG_DATA(message));
    size_t size = IFA_PAYLOAD(message);

    for (; RTA_OK(at, size); at = RTA_NEXT(at, size)) {
        size_t length = RTA_PAYLOAD(at);
        bool is_part = at->rta_type == IFA_ADDRESS ||
                       at->rta_type == IFA_LOCAL ||
                       at->rta_type == IFA_BROADCAST;

        if (at->rta_type == IFA_FLAGS && length == sizeof address->flags)
            memcpy(&address->flags, RTA_DATA(at), length);
        if (!is_part || length > ADDRESS_SIZE)
            continue;
        address->parts[at->rta_type].size = length;
        memcpy(address->parts[at->rta_type].bytes, RTA_DATA(at), length);
    }
}

static void take_address(struct netlink_taker *taker, struct nlmsghdr *message)
{
    struct addresses *addresses = (struct addresses *)taker;
    struct address one = { 0 };

    if (message->nlmsg_type != RTM_NEWADDR)
        return;
    memcpy(&one.head, NLMSG_DATA(message), sizeof one.head);
    one.flags = one.head.ifa_flags;
    read_address(&one, message);
    if (one.head.ifa_index != addresses->index ||
        (one.flags & IFA_F_PERMANENT) == 0 ||
        one.head.ifa_scope != RT_SCOPE_UNIVERSE)
        return;
    addresses->more = addresses->count == ADDRESSES_MAX;
    if (!addresses->more)
        addresses->items[addresses->count++] = one;
}

static int list_addresses(const struct net_space *space, int index,
                          struct addresses *addresses)
{
    struct ifaddrmsg head = { .ifa_family = AF_UNSPEC };
    struct netlink_request request;

    *addresses = (struct addresses){ .taker = { take_address },
                                     .index = (unsigned)index };
    netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &head, sizeof head);
    if (netlink_ask(space->netlink, &request, &addresses->taker) < 0)
        return -1;
    errno = E2BIG;
    return addresses->more ? -1 : 0;
}

static int add_address(const struct net_space *space, int index,
                       const struct address *address)
{
    struct ifaddrmsg head = address->head;
    struct netlink_request request;

    head.ifa_index = (unsigned)index;
    netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head,
                  sizeof head);
    for (int type = IFA_ADDRESS; type <= IFA_BROADCAST; type++)
        if (address->parts[type].size > 0)
            netlink_add(&request, type, address->parts[type].bytes,
                        address->parts[type].size);
    netlink_add(&request, IFA_FLAGS, &address->flags, sizeof address->flags);
    return netlink_ask(space->netlink, &request, NULL);
}

static int add_addresses(const struct net_space *space, int index,
                         const struct addresses *addresses)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (add_address(space, index, &addresses->items[i]) < 0)
            return -1;
    return 0;
}

// --- its name

static bool is_template(const char *name)
{
    return strstr(name, "%d") != NULL;
}

static bool is_free(const struct net_space *space, const char *name)
{
    struct link link;

    return find_link(space, name, &link) < 0 && errno == ENODEV;
}

// As the kernel does it; it would not tell the name that it has chosen.
static int number_name(struct net_device_move *m)
{
    size_t before = (size_t)(strstr(m->new_name, "%d") - m->new_name);
    const char *behind = m->new_name + before + strlen("%d");

    for (int number = 0; number < NUMBERS_MAX; number++) {
        int n = snprintf(m->named, sizeof m->named, "%.*s%d%s", (int)before,
                         m->new_name, number, behind);

        if (n < 0 || (size_t)n >= sizeof m->named)
            break;
        if (is_free(m->to, m->named))
            return 0;
    }
    return failed(EEXIST, "can't find a name like %s for network device %s",
                  m->new_name, m->name);
}

static int choose_name(struct net_device_move *m)
{
    if (is_template(m->new_name))
        return number_name(m);
    snprintf(m->named, sizeof m->named, "%s", m->new_name);
    if (is_free(m->to, m->named))
        return 0;
    return failed(EEXIST,
                  "can't move network device %s: there is one called %s in "
                  "the other namespace",
                  m->name, m->named);
}

// --- the move

static int change_space(const struct net_space *from,
                        const struct net_space *to, int index, const char *name)
{
    struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = index };
    struct netlink_request request;

    netlink_begin(&request, RTM_NEWLINK, 0, &head, sizeof head);
    netlink_add(&request, IFLA_NET_NS_FD, &to->ns, sizeof to->ns);
    netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    return netlink_ask(from->netlink, &request, NULL);
}

static int settle(const struct net_space *space, const char *name, bool up,
                  const struct addresses *addresses)
{
    struct link link;

    if (find_link(space, name, &link) < 0)
        return failed(errno, "can't find network device %s where it was moved",
                      name);
    if (add_addresses(space, link.index, addresses) < 0)
        return failed(errno, "can't give network device %s its addresses",
                      name);
    if (up && set_up(space, link.index) < 0)
        return failed(errno, "can't set network device %s up", name);
    return 0;
}

// After failed(), which stays pending.
static void go_back(const struct net_device_move *m,
                    const struct addresses *addresses)
{
    struct link link;

    if (find_link(m->to, m->named, &link) < 0 ||
        change_space(m->to, m->from, link.index, m->name) < 0 ||
        find_link(m->from, m->name, &link) < 0 ||
        add_addresses(m->from, link.index, addresses) < 0 ||
        (m->was_up && set_up(m->from, link.index) < 0))
        log_warn("network device %s is not as it was", m->name);
}

int net_device_move(struct net_device_move *m)
{
    struct addresses addresses;
    struct link link;

    if (find_link(m->from, m->name, &link) < 0)
        return failed(errno, "can't find network device %s", m->name);
    m->was_up = link.up;
    if (choose_name(m) < 0)
        return -1;
    if (list_addresses(m->from, link.index, &addresses) < 0)
        return failed(errno, "can't list the addresses of network device %s",
                      m->name);
    if (change_space(m->from, m->to, link.index, m->named) < 0)
        return failed(errno, "can't move network device %s%s", m->name,
                      may(errno));
    if (settle(m->to, m->named, m->up || m->was_up, &addresses) == 0)
        return 0;
    go_back(m, &addresses);
    return -1;
}
