// net_devices.h - "linux.netDevices": network devices of the host that become a
// container's.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "core/oci/spec.h"

// Those that have been moved, to take them back when a container can't be made;
// later the kernel does so ("the runtime MUST NOT attempt to move the interface
// out").
struct net_devices {
    struct net_device_move *moved;
    size_t count;
};

// 0, or -1 after failed(); "name" is the document's.
int net_devices_check(const struct spec *spec, const char *name);

// Does the configuration ask for any?
bool net_devices_are_asked_for(const struct spec *spec);

// Move all to the network namespace of this process of the container. 0, or -1
// after failed(); net_devices_free() in any case.
int net_devices_move(struct net_devices *devices, const struct spec *spec,
                     pid_t pid);

// After failed(), which stays pending: back from where the process is, as long
// as it is there.
void net_devices_return(struct net_devices *devices, pid_t pid);
void net_devices_free(struct net_devices *devices);
