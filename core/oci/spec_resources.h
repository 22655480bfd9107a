// spec_resources.h - "linux.resources" of config.json, and what update is
// given.
//
// The specification's section "Control groups" of config-linux.md. What of it
// becomes which file is limits.h.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/fields.h"
#include "core/base/json.h"

#define RESOURCES_NAME "linux.resources" // in messages

struct resource_device {
    bool allow;
    const char *type; // "a", "c", "b"; NULL: "a"
    struct maybe major, minor;
    const char *access; // of "rwm"; NULL: all
};

struct resource_weight { // of a block device
    struct maybe major, minor, weight, leaf_weight;
};

struct resource_rate { // of a block device, for each second
    struct maybe major, minor, rate;
};

struct resource_pages {
    const char *size; // "2MB"
    struct maybe limit;
};

struct resource_priority {
    const char *name; // of a network interface
    uint32_t priority;
};

#define RESOURCE_LIST(type) \
    struct {                \
        const type *items;  \
        size_t count;       \
    }

// A limit of 0 processes, for which systemd has no word: the first one is there
// already, and can fork as little with this one.
#define RESOURCES_NO_FORK 1

struct resources {
    struct {
        struct maybe limit, swap, reservation, kernel, kernel_tcp, swappiness;
        bool disable_oom_killer, check_before_update;
        bool use_hierarchy, has_use_hierarchy;
    } memory; // bytes; -1: unlimited
    struct {
        struct maybe shares, quota, burst, period, idle;
        struct maybe realtime_runtime, realtime_period;
        const char *cpus, *mems;
    } cpu;
    struct maybe pids;
    struct {
        struct maybe weight, leaf_weight;
        RESOURCE_LIST(struct resource_weight) weights;
        RESOURCE_LIST(struct resource_rate) read_bps, write_bps;
        RESOURCE_LIST(struct resource_rate) read_iops, write_iops;
    } block;
    RESOURCE_LIST(struct resource_pages) pages;
    const struct json *rdma; // members are devices
    struct {
        struct maybe class_id;
        RESOURCE_LIST(struct resource_priority) priorities;
    } network;
    RESOURCE_LIST(struct resource_device) devices;
    RESOURCE_LIST(struct pair) unified;
};

extern const struct field spec_resources_fields[]; // of struct resources

// What a type can't tell. 0, or -1 after failed(); "name" is the document's.
int spec_resources_check(const struct resources *resources, const char *name);
