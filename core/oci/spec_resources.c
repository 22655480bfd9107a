// spec_resources.c - "linux.resources" of config.json, and what update is
// given.
// SPDX-License-Identifier: MIT
#include "core/oci/spec_resources.h"

#include <string.h>

#include "core/base/err.h"

static const struct field memory_fields[] = {
    { "limit", FIELD_MAYBE(struct resources, memory.limit) },
    { "swap", FIELD_MAYBE(struct resources, memory.swap) },
    { "reservation", FIELD_MAYBE(struct resources, memory.reservation) },
    { "kernel", FIELD_MAYBE(struct resources, memory.kernel) },
    { "kernelTCP", FIELD_MAYBE(struct resources, memory.kernel_tcp) },
    { "swappiness", FIELD_MAYBE(struct resources, memory.swappiness) },
    { "disableOOMKiller",
      FIELD_BOOL(struct resources, memory.disable_oom_killer) },
    { "useHierarchy", FIELD_BOOL(struct resources, memory.use_hierarchy),
      FIELD_SETS(struct resources, memory.has_use_hierarchy) },
    { "checkBeforeUpdate",
      FIELD_BOOL(struct resources, memory.check_before_update) },
    FIELD_END,
};

static const struct field cpu_fields[] = {
    { "shares", FIELD_MAYBE(struct resources, cpu.shares) },
    { "quota", FIELD_MAYBE(struct resources, cpu.quota) },
    { "burst", FIELD_MAYBE(struct resources, cpu.burst) },
    { "period", FIELD_MAYBE(struct resources, cpu.period) },
    { "idle", FIELD_MAYBE(struct resources, cpu.idle) },
    { "realtimeRuntime", FIELD_MAYBE(struct resources, cpu.realtime_runtime) },
    { "realtimePeriod", FIELD_MAYBE(struct resources, cpu.realtime_period) },
    { "cpus", FIELD_STRING(struct resources, cpu.cpus) },
    { "mems", FIELD_STRING(struct resources, cpu.mems) },
    FIELD_END,
};

static const struct field pids_fields[] = {
    { "limit", FIELD_MAYBE(struct resources, pids) },
    FIELD_END,
};

static const struct field weight_fields[] = {
    { "major", FIELD_MAYBE(struct resource_weight, major), .required = true },
    { "minor", FIELD_MAYBE(struct resource_weight, minor), .required = true },
    { "weight", FIELD_MAYBE(struct resource_weight, weight) },
    { "leafWeight", FIELD_MAYBE(struct resource_weight, leaf_weight) },
    FIELD_END,
};

static const struct field rate_fields[] = {
    { "major", FIELD_MAYBE(struct resource_rate, major), .required = true },
    { "minor", FIELD_MAYBE(struct resource_rate, minor), .required = true },
    { "rate", FIELD_MAYBE(struct resource_rate, rate), .required = true },
    FIELD_END,
};

#define LIST(f, table) \
    FIELD_LIST(struct resources, f.items, f.count, table) // NOLINT: a field

static const struct field block_fields[] = {
    { "weight", FIELD_MAYBE(struct resources, block.weight) },
    { "leafWeight", FIELD_MAYBE(struct resources, block.leaf_weight) },
    { "weightDevice", LIST(block.weights, weight_fields) },
    { "throttleReadBpsDevice", LIST(block.read_bps, rate_fields) },
    { "throttleWriteBpsDevice", LIST(block.write_bps, rate_fields) },
    { "throttleReadIOPSDevice", LIST(block.read_iops, rate_fields) },
    { "throttleWriteIOPSDevice", LIST(block.write_iops, rate_fields) },
    FIELD_END,
};

static const struct field pages_fields[] = {
    { "pageSize", FIELD_STRING(struct resource_pages, size), .required = true },
    { "limit", FIELD_MAYBE(struct resource_pages, limit), .required = true },
    FIELD_END,
};

static const struct field priority_fields[] = {
    { "name", FIELD_STRING(struct resource_priority, name), .required = true },
    { "priority", FIELD_U32(struct resource_priority, priority),
      .required = true },
    FIELD_END,
};

static const struct field network_fields[] = {
    { "classID", FIELD_MAYBE(struct resources, network.class_id) },
    { "priorities", LIST(network.priorities, priority_fields) },
    FIELD_END,
};

static const struct field device_fields[] = {
    { "allow", FIELD_BOOL(struct resource_device, allow), .required = true },
    { "type", FIELD_STRING(struct resource_device, type) },
    { "major", FIELD_MAYBE(struct resource_device, major) },
    { "minor", FIELD_MAYBE(struct resource_device, minor) },
    { "access", FIELD_STRING(struct resource_device, access) },
    FIELD_END,
};

const struct field spec_resources_fields[] = {
    { "memory", FIELD_HERE(memory_fields) },
    { "cpu", FIELD_HERE(cpu_fields) },
    { "pids", FIELD_HERE(pids_fields) },
    { "blockIO", FIELD_HERE(block_fields) },
    { "hugepageLimits", LIST(pages, pages_fields) },
    { "rdma", FIELD_JSON(struct resources, rdma) },
    { "network", FIELD_HERE(network_fields) },
    { "devices", LIST(devices, device_fields) },
    { "unified", FIELD_PAIRS(struct resources, unified.items, unified.count) },
    FIELD_END,
};

// --- what a type can't tell

static int check_device(const char *name, size_t i,
                        const struct resource_device *one)
{
    if (one->type != NULL &&
        (strlen(one->type) > 1 ||
         (one->type[0] != '\0' && strchr("abcup", one->type[0]) == NULL)))
        return failed(0,
                      "%s: " RESOURCES_NAME ".devices[%zu].type: none of "
                      "a, b, c: %s",
                      name, i, one->type);
    if (one->access != NULL && one->access[strspn(one->access, "rwm")] != '\0')
        return failed(0,
                      "%s: " RESOURCES_NAME ".devices[%zu].access: not of "
                      "r, w and m: %s",
                      name, i, one->access);
    return 0;
}

// "^[1-9][0-9]*[KMG]B$"; it becomes part of a file's name.
static int check_pages(const char *name, size_t i, const char *size)
{
    size_t digits = strspn(size, "0123456789");
    const char *unit = size + digits;

    if (digits > 0 && size[0] != '0' && unit[0] != '\0' &&
        strchr("KMG", unit[0]) != NULL && strcmp(unit + 1, "B") == 0)
        return 0;
    return failed(0,
                  "%s: " RESOURCES_NAME ".hugepageLimits[%zu].pageSize: "
                  "not of the form 2MB: %s",
                  name, i, size);
}

static int check_unified(const char *name, const char *key)
{
    const char *dot = strchr(key, '.');

    if (dot == NULL || dot == key || dot[1] == '\0' || strchr(key, '/') != NULL)
        return failed(0,
                      "%s: " RESOURCES_NAME ".unified: the specified key "
                      "has not the form CONTROLLER.VALUE `%s`",
                      name, key);
    return 0;
}

int spec_resources_check(const struct resources *resources, const char *name)
{
    const struct resources *r = resources;

    for (size_t i = 0; i < r->devices.count; i++)
        if (check_device(name, i, &r->devices.items[i]) < 0)
            return -1;
    for (size_t i = 0; i < r->pages.count; i++)
        if (check_pages(name, i, r->pages.items[i].size) < 0)
            return -1;
    for (size_t i = 0; i < r->unified.count; i++)
        if (check_unified(name, r->unified.items[i].name) < 0)
            return -1;
    return 0;
}
