// limits.c - what is asked of a control group, as values for its files.
//
// What is one number and one file is a row of a table; the rest are functions.
// Conversions are those of crun and runc, on which schedulers above them rely.
// SPDX-License-Identifier: MIT
#include "core/oci/limits.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/oci/limits_work.h"

// --- the list

char *limits_text(struct arena *arena, const char *format, ...)
{
    char *text;
    int length;
    va_list args;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = arena_take(arena, (size_t)length + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void limits_add(struct limits *limits, struct limit one)
{
    if (limits->count == limits->room) {
        size_t room = limits->room * 2 + 32;
        struct limit *items = arena_take(limits->arena, room, sizeof *items);

        if (limits->count > 0)
            memcpy(items, limits->items, limits->count * sizeof *items);
        limits->items = items;
        limits->room = room;
    }
    limits->items[limits->count++] = one;
}

const char *limits_number(struct limits *limits, int64_t n, bool has_max)
{
    if (n < 0 && has_max)
        return "max";
    return limits_text(limits->arena, "%" PRId64, n);
}

// --- one number, one file

static const struct row {
    const char *member, *controller;
    size_t offset;             // of the number in struct resources
    const char *file1, *file2; // of both versions; NULL: none
    bool skips_zero; // where 0 is how callers say that nothing is meant
    bool elsewhere;  // version 2 takes more than this row
    bool optional;   // in version 1
    bool has_max;    // version 1 has the word, too
} rows[] = {
#define AT(f) offsetof(struct resources, f)
    { "memory.limit", "memory", AT(memory.limit),
      .file1 = "memory.limit_in_bytes", .file2 = "memory.max",
      .skips_zero = true },
    { "memory.swap", "memory", AT(memory.swap),
      .file1 = "memory.memsw.limit_in_bytes", .skips_zero = true,
      .elsewhere = true, .optional = true },
    { "memory.reservation", "memory", AT(memory.reservation),
      .file1 = "memory.soft_limit_in_bytes", .file2 = "memory.low",
      .skips_zero = true },
    { "memory.kernel", "memory", AT(memory.kernel),
      .file1 = "memory.kmem.limit_in_bytes", .skips_zero = true,
      .optional = true },
    { "memory.kernelTCP", "memory", AT(memory.kernel_tcp),
      .file1 = "memory.kmem.tcp.limit_in_bytes", .skips_zero = true,
      .optional = true },
    { "memory.swappiness", "memory", AT(memory.swappiness),
      .file1 = "memory.swappiness" },
    { "cpu.shares", "cpu", AT(cpu.shares), .file1 = "cpu.shares",
      .skips_zero = true, .elsewhere = true },
    { "cpu.period", "cpu", AT(cpu.period), .file1 = "cpu.cfs_period_us",
      .skips_zero = true, .elsewhere = true },
    { "cpu.quota", "cpu", AT(cpu.quota), .file1 = "cpu.cfs_quota_us",
      .skips_zero = true, .elsewhere = true },
    { "cpu.burst", "cpu", AT(cpu.burst), .file1 = "cpu.cfs_burst_us",
      .file2 = "cpu.max.burst" },
    { "cpu.realtimePeriod", "cpu", AT(cpu.realtime_period),
      .file1 = "cpu.rt_period_us", .skips_zero = true },
    { "cpu.realtimeRuntime", "cpu", AT(cpu.realtime_runtime),
      .file1 = "cpu.rt_runtime_us", .skips_zero = true },
    { "cpu.idle", "cpu", AT(cpu.idle), .file1 = "cpu.idle",
      .file2 = "cpu.idle" },
    { "pids.limit", "pids", AT(pids), .file1 = "pids.max", .file2 = "pids.max",
      .skips_zero = true, .has_max = true },
    { "blockIO.leafWeight", "blkio", AT(block.leaf_weight),
      .file1 = "blkio.leaf_weight", .skips_zero = true },
    { "network.classID", "net_cls", AT(network.class_id),
      .file1 = "net_cls.classid" },
#undef AT
};

static void add_row(struct limits *limits, const struct resources *r,
                    const struct row *row)
{
    const struct maybe *value =
        (const struct maybe *)(const void *)((const char *)r + row->offset);
    struct limit one = { .member = row->member,
                         .controller = row->controller,
                         .version = 1,
                         .file = row->file1,
                         .optional = row->optional,
                         .unlimited = value->number < 0 };

    if (!value->set || (row->skips_zero && value->number == 0))
        return;
    one.value = limits_number(limits, value->number, row->has_max);
    limits_add(limits, one);
    if (row->elsewhere)
        return;
    one.version = 2;
    one.file = row->file2;
    one.value = limits_number(limits, value->number, true);
    one.optional = false;
    limits_add(limits, one);
}

// --- memory

// Version 1 counts memory and swap together.
static int add_swap(struct limits *limits, const struct resources *r)
{
    int64_t limit = r->memory.limit.set ? r->memory.limit.number : 0;
    int64_t swap = r->memory.swap.number;
    struct limit one = { .member = "memory.swap",
                         .controller = "memory",
                         .version = 2,
                         .file = "memory.swap.max",
                         .optional = true,
                         .unlimited = swap < 0 };

    if (!r->memory.swap.set)
        return 0;
    // version 1 takes it alone
    if (swap > 0 && limit <= 0)
        one.lacks = "cannot set swap limit without the memory limit";
    else if (swap > 0 && swap < limit)
        return failed(0, RESOURCES_NAME ".memory.swap: cannot set memory+swap "
                                        "limit less than the memory limit");
    one.value = limits_number(
        limits, swap > 0 && limit > 0 ? swap - limit : swap, true);
    limits_add(limits, one);
    return 0;
}

// What version 1 can switch and version 2 can't.
static void add_switches(struct limits *limits, const struct resources *r)
{
    if (r->memory.disable_oom_killer) {
        struct limit one = { .member = "memory.disableOOMKiller",
                             .controller = "memory",
                             .version = 1,
                             .file = "memory.oom_control",
                             .value = "1" };

        limits_add(limits, one);
        one.version = 2;
        one.file = NULL;
        limits_add(limits, one);
    }
    if (r->memory.has_use_hierarchy)
        limits_add(limits,
                   (struct limit){ .member = "memory.useHierarchy",
                                   .controller = "memory",
                                   .version = 1,
                                   .file = "memory.use_hierarchy",
                                   .value = r->memory.use_hierarchy ? "1" : "0",
                                   .optional = true });
}

// --- CPUs

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_MAX 10000

// A curve through (2, 1), (1024, 100) and (262144, 10000): the least, the usual
// and the greatest of either version.
static int64_t weight_of_shares(int64_t shares)
{
    double l;

    if (shares <= SHARES_MIN)
        return 1;
    if (shares >= SHARES_MAX)
        return WEIGHT_MAX;
    l = log2((double)shares);
    return (int64_t)ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

static void add_cpu_weight(struct limits *limits, const struct resources *r)
{
    if (!r->cpu.shares.set || r->cpu.shares.number == 0)
        return;
    limits_add(limits, (struct limit){
                           .member = "cpu.shares",
                           .controller = "cpu",
                           .version = 2,
                           .file = "cpu.weight",
                           .value = limits_number(
                               limits, weight_of_shares(r->cpu.shares.number),
                               false) });
}

// "QUOTA PERIOD" in one file; without a period the one that is there stays.
static void add_cpu_max(struct limits *limits, const struct resources *r)
{
    int64_t quota = r->cpu.quota.set ? r->cpu.quota.number : 0;
    int64_t period = r->cpu.period.set ? r->cpu.period.number : 0;
    struct limit one = { .member = quota != 0 ? "cpu.quota" : "cpu.period",
                         .controller = "cpu",
                         .version = 2,
                         .file = "cpu.max",
                         .second = quota == 0,
                         .unlimited = quota <= 0 };

    if (quota == 0 && period == 0)
        return;
    if (quota == 0)
        one.value = limits_number(limits, period, false);
    else if (period == 0)
        one.value = limits_number(limits, quota, true);
    else
        one.value = limits_text(limits->arena, "%s %" PRId64,
                                limits_number(limits, quota, true), period);
    limits_add(limits, one);
}

static void add_set(struct limits *limits, const char *member, const char *file,
                    const char *value)
{
    struct limit one = { .member = member,
                         .controller = "cpuset",
                         .version = 1,
                         .file = file,
                         .value = value };

    if (value == NULL || value[0] == '\0')
        return;
    limits_add(limits, one);
    one.version = 2;
    limits_add(limits, one);
}

// --- all

int limits_of(const struct resources *resources, struct arena *arena,
              struct limits *limits)
{
    *limits = (struct limits){ .arena = arena };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add_row(limits, resources, &rows[i]);
    if (add_swap(limits, resources) < 0)
        return -1;
    add_switches(limits, resources);
    add_cpu_weight(limits, resources);
    add_cpu_max(limits, resources);
    add_set(limits, "cpu.cpus", "cpuset.cpus", resources->cpu.cpus);
    add_set(limits, "cpu.mems", "cpuset.mems", resources->cpu.mems);
    limits_add_block(limits, resources);
    return limits_add_others(limits, resources);
}

const struct limit *limits_first(const struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++)
        if (!limits->items[i].unlimited)
            return &limits->items[i];
    return NULL;
}
