// update.c - ch-oci update: change the limits of a container.
//
// Each option is a row that tells where its value stands in an object like
// linux.resources of config.json; the object is what is carried out.
// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/oci/intel_rdt.h"
#include "core/oci/resources.h"

struct update_args {
    struct oci_args global;
    const char *resources;
    const char *memory, *memory_swap, *memory_reservation;
    const char *cpu_quota, *cpu_period, *cpu_burst, *cpu_shares, *cpu_idle;
    const char *cpu_rt_period, *cpu_rt_runtime;
    const char *cpuset_cpus, *cpuset_mems;
    const char *pids_limit, *blkio_weight;
    const char *kernel_memory, *kernel_memory_tcp;
    const char *cache, *bandwidth;
};

#define ARG(f) OPT_STR(struct update_args, f)
static const struct opt options[] = {
    { 'r', "resources", "FILE", "as linux.resources of config.json; - is stdin",
      ARG(resources) },
    { 0, "memory", "BYTES", "of memory", ARG(memory) },
    { 0, "memory-swap", "BYTES", "of memory and swap together; -1: any",
      ARG(memory_swap) },
    { 0, "memory-reservation", "BYTES", "that it has before others",
      ARG(memory_reservation) },
    { 0, "cpu-quota", "MICROSECONDS", "of a CPU in each period",
      ARG(cpu_quota) },
    { 0, "cpu-period", "MICROSECONDS", "of a period", ARG(cpu_period) },
    { 0, "cpu-burst", "MICROSECONDS", "beyond the quota, saved before",
      ARG(cpu_burst) },
    { 0, "cpu-share", "SHARES", NULL, ARG(cpu_shares) },
    { 0, "cpu-shares", "SHARES", "beside other groups", ARG(cpu_shares) },
    { 0, "cpu-idle", "0|1", "only what others leave", ARG(cpu_idle) },
    { 0, "cpu-rt-period", "MICROSECONDS", "of realtime scheduling",
      ARG(cpu_rt_period) },
    { 0, "cpu-rt-runtime", "MICROSECONDS", "in each of these periods",
      ARG(cpu_rt_runtime) },
    { 0, "cpuset-cpus", "LIST", "the CPUs that it may use", ARG(cpuset_cpus) },
    { 0, "cpuset-mems", "LIST", "the memory nodes", ARG(cpuset_mems) },
    { 0, "pids-limit", "NUMBER", "of processes", ARG(pids_limit) },
    { 0, "blkio-weight", "WEIGHT", "beside other groups", ARG(blkio_weight) },
    { 0, "l3-cache-schema", "LINE", "its share of the cache, as resctrl has it",
      ARG(cache) },
    { 0, "mem-bw-schema", "LINE", "likewise, of the bandwidth of memory",
      ARG(bandwidth) },
    { 0, "kernel-memory", "BYTES", "of older kernels; without effect",
      ARG(kernel_memory) },
    { 0, "kernel-memory-tcp", "BYTES", "of older kernels; without effect",
      ARG(kernel_memory_tcp) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "update",
    .usage = "[OPTION...] update CONTAINER",
    .about = "Change the limits of a container.",
    .table = options,
};

#define FIELD(f) offsetof(struct update_args, f)
static const struct row {
    size_t offset;
    const char *section, *key;
    bool text;
} rows[] = {
    { FIELD(memory), "memory", "limit", false },
    { FIELD(memory_swap), "memory", "swap", false },
    { FIELD(memory_reservation), "memory", "reservation", false },
    { FIELD(cpu_quota), "cpu", "quota", false },
    { FIELD(cpu_period), "cpu", "period", false },
    { FIELD(cpu_burst), "cpu", "burst", false },
    { FIELD(cpu_shares), "cpu", "shares", false },
    { FIELD(cpu_idle), "cpu", "idle", false },
    { FIELD(cpu_rt_period), "cpu", "realtimePeriod", false },
    { FIELD(cpu_rt_runtime), "cpu", "realtimeRuntime", false },
    { FIELD(cpuset_cpus), "cpu", "cpus", true },
    { FIELD(cpuset_mems), "cpu", "mems", true },
    { FIELD(pids_limit), "pids", "limit", false },
    { FIELD(blkio_weight), "blockIO", "weight", false },
};

// What the options say, or the file; NULL after failed().
static struct json *collect(const struct update_args *args)
{
    struct json *resources;

    if (args->resources != NULL)
        return resources_read(args->resources);
    resources = json_object();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        const char *value =
            *(const char *const *)(const void *)((const char *)args +
                                                 row->offset);

        if (value != NULL && resources_add(resources, row->section, row->key,
                                           value, row->text) < 0) {
            json_free(resources);
            return NULL;
        }
    }
    return resources;
}

static int update(const struct update_args *args, const char *id)
{
    cleanup_handle struct container_handle handle = HANDLE_NONE;
    cleanup_json struct json *resources = collect(args);

    if (resources == NULL || handle_open(&handle, args->global.root, id) < 0)
        return -1;
    if (handle_status(&handle) == STATUS_STOPPED)
        return failed(0, "container not running: %s", id);
    // of these alone, the control group need know nothing
    if ((json_first(resources) != NULL ||
         (args->cache == NULL && args->bandwidth == NULL)) &&
        cgroup_update(&handle.state, resources) < 0)
        return -1;
    return intel_rdt_update(&handle.state, args->cache, args->bandwidth);
}

int oci_update(const struct oci_args *global, int argc, char **argv)
{
    struct update_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 1, 1) < 0)
        return -1;
    return update(&args, argv[first]);
}
