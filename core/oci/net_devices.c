// net_devices.c - "linux.netDevices": network devices of the host that become a
// container's.
//
// Source: "Network Devices" of config-linux.md. It is the maker of a container
// that moves them, from the namespace that it is in.
// SPDX-License-Identifier: MIT
#include "core/oci/net_devices.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/net_device.h"

#define MEMBER "linux.netDevices"
#define PATH_SIZE 40 // bytes of "/proc/PID/ns/net"

// What the kernel takes; one conversion is for names to be numbered.
static bool is_name(const char *name, bool is_new)
{
    const char *percent = strchr(name, '%');
    size_t length = strlen(name);

    if (length == 0 || length >= NET_DEVICE_NAME ||
        name[strcspn(name, "/: \t\n\v\f\r")] != '\0' ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    return percent == NULL ||
           (is_new && percent[1] == 'd' && strchr(percent + 1, '%') == NULL);
}

static int check_one(const struct json *one, const char *name)
{
    const struct json *value = json_get(one, "name");
    const char *new_name = json_string(value);

    if (!is_name(json_key(one), false))
        return failed(0, "%s: " MEMBER ": not a name of a network device: %s",
                      name, json_key(one));
    if (!json_is_object(one))
        return failed(0, "%s: " MEMBER ".%s: expected an object", name,
                      json_key(one));
    if (value == NULL || json_is_null(value))
        return 0;
    if (new_name == NULL)
        return failed(0, "%s: " MEMBER ".%s.name: expected a string", name,
                      json_key(one));
    // as an empty one is none for others
    if (new_name[0] != '\0' && !is_name(new_name, true))
        return failed(0,
                      "%s: " MEMBER ".%s.name: not a name of a network "
                      "device: %s",
                      name, json_key(one), new_name);
    return 0;
}

static const struct json *first(const struct spec *spec)
{
    return spec->net_devices == NULL ? NULL : json_first(spec->net_devices);
}

int net_devices_check(const struct spec *spec, const char *name)
{
    for (const struct json *one = first(spec); one; one = json_next(one))
        if (check_one(one, name) < 0)
            return -1;
    if (net_devices_are_asked_for(spec) &&
        jail_find_namespace(&spec->jail, CLONE_NEWNET) == NULL)
        return failed(0,
                      "%s: " MEMBER ": there is no network namespace to move "
                      "them to",
                      name);
    return 0;
}

bool net_devices_are_asked_for(const struct spec *spec)
{
    return first(spec) != NULL;
}

static int open_spaces(struct net_space *own, struct net_space *other,
                       pid_t pid)
{
    char path[PATH_SIZE];

    *other = (struct net_space)NET_SPACE_NONE;
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    return net_space_open_own(own) < 0 ? -1 : net_space_open(other, path);
}

static int move_one(struct net_devices *devices, const struct json *one,
                    const struct net_space *own, const struct net_space *other)
{
    const char *name = json_key(one);
    const char *new_name = json_get_string(one, "name");
    struct net_device_move *move = &devices->moved[devices->count];

    if (new_name == NULL || new_name[0] == '\0')
        new_name = name;
    *move = (struct net_device_move){
        .from = own, .to = other, .name = name, .new_name = new_name, .up = true
    };
    if (net_device_move(move) < 0)
        return failed_while(MEMBER ".%s", name);
    log_step("network device %s is the container's %s", name, move->named);
    devices->count++;
    return 0;
}

int net_devices_move(struct net_devices *devices, const struct spec *spec,
                     pid_t pid)
{
    cleanup_net_space struct net_space own = NET_SPACE_NONE;
    cleanup_net_space struct net_space other = NET_SPACE_NONE;
    size_t count = 0;

    *devices = (struct net_devices){ 0 };
    for (const struct json *one = first(spec); one; one = json_next(one))
        count++;
    if (count == 0)
        return 0;
    devices->moved = calloc(count, sizeof *devices->moved);
    if (devices->moved == NULL)
        return failed(errno, "can't move network devices");
    if (open_spaces(&own, &other, pid) < 0)
        return failed_while(MEMBER);
    for (const struct json *one = first(spec); one; one = json_next(one))
        if (move_one(devices, one, &own, &other) < 0)
            return -1;
    return 0;
}

static void return_all(struct net_devices *devices, pid_t pid)
{
    cleanup_net_space struct net_space own = NET_SPACE_NONE;
    cleanup_net_space struct net_space other = NET_SPACE_NONE;

    if (open_spaces(&own, &other, pid) < 0)
        return;
    while (devices->count > 0) {
        const struct net_device_move *moved = &devices->moved[--devices->count];
        struct net_device_move back = { .from = &other,
                                        .to = &own,
                                        .name = moved->named,
                                        .new_name = moved->name };

        if (net_device_move(&back) < 0)
            log_warn("%s", err_text());
    }
}

void net_devices_return(struct net_devices *devices, pid_t pid)
{
    struct err_kept *pending;

    if (devices->count == 0 || pid <= 0)
        return;
    pending = err_put_aside();
    return_all(devices, pid);
    err_take_back(pending);
}

void net_devices_free(struct net_devices *devices)
{
    free(devices->moved);
    *devices = (struct net_devices){ 0 };
}
