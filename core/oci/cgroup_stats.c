// cgroup_stats.c - what a container has used, in the form of runc's events.
//
// Callers read it as Go's unsigned integers: no number may have an exponent or
// lose digits. Times are nanoseconds; what a kernel does not tell is left out.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/cgroup_fs.h"
#include "core/oci/cgroup.h"

#define US 1000           // nanoseconds
#define SECOND 1000000000 // nanoseconds

struct source {
    const struct cgroups *groups;
    const char *path;
};

// The group of a controller, and of which version; -1: there is none.
static int open_group(const struct source *source, const char *controller,
                      int *version)
{
    const struct cgroup_hierarchy *h = cgroups_with(source->groups, controller);

    *version = h != NULL ? 1 : 2;
    if (h == NULL)
        h = cgroups_unified(source->groups);
    return h == NULL ? -1 : cgroup_fs_open(h, source->path);
}

// --- numbers of files

static bool read_number(int group, const char *file, uint64_t *n)
{
    cleanup_free char *text = cgroup_fs_read(group, file);

    if (text == NULL)
        return false;
    if (strcmp(text, "max") == 0) {
        *n = UINT64_MAX;
        return true;
    }
    return str_to_u64(text, n) == 0;
}

static void add_number(struct json *to, const char *key, int group,
                       const char *file)
{
    uint64_t n;

    if (read_number(group, file, &n))
        json_add_u64(to, key, n);
}

// A line "key 123" of a file with many; false: there is none.
static bool find_number(const char *text, const char *key, uint64_t *n)
{
    size_t length = strlen(key);

    for (const char *line = text; line != NULL;
         line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, key, length) == 0 && line[length] == ' ') {
            *n = strtoull(line + length + 1, NULL, 10);
            return true;
        }
    return false;
}

static void add_found(struct json *to, const char *name, const char *text,
                      const char *key, uint64_t factor)
{
    uint64_t n;

    if (text != NULL && find_number(text, key, &n))
        json_add_u64(to, name, n * factor);
}

// --- CPUs

static void add_percpu(struct json *to, int group)
{
    cleanup_free char *text = cgroup_fs_read(group, "cpuacct.usage_percpu");
    struct json *list;
    char *rest = text;
    char *word;

    if (text == NULL)
        return;
    list = json_add_array(to, "percpu");
    while ((word = strsep(&rest, " ")) != NULL)
        if (word[0] != '\0')
            json_append_u64(list, strtoull(word, NULL, 10));
}

static void add_cpu(struct json *data, const struct source *source)
{
    struct json *cpu = json_add_object(data, "cpu");
    struct json *usage = json_add_object(cpu, "usage");
    struct json *throttling = json_add_object(cpu, "throttling");
    int version;
    cleanup_close int account = open_group(source, "cpuacct", &version);
    cleanup_close int group = open_group(source, "cpu", &version);
    cleanup_free char *stat = cgroup_fs_read(group, "cpu.stat");

    if (version == 2) {
        add_found(usage, "total", stat, "usage_usec", US);
        add_found(usage, "kernel", stat, "system_usec", US);
        add_found(usage, "user", stat, "user_usec", US);
        add_found(throttling, "throttledTime", stat, "throttled_usec", US);
    } else {
        cleanup_free char *parts = cgroup_fs_read(account, "cpuacct.stat");
        uint64_t tick = SECOND / (uint64_t)sysconf(_SC_CLK_TCK);

        add_number(usage, "total", account, "cpuacct.usage");
        add_percpu(usage, account);
        add_found(usage, "kernel", parts, "system", tick);
        add_found(usage, "user", parts, "user", tick);
        add_found(throttling, "throttledTime", stat, "throttled_time", 1);
    }
    add_found(throttling, "periods", stat, "nr_periods", 1);
    add_found(throttling, "throttledPeriods", stat, "nr_throttled", 1);
}

// --- memory

// Each line of memory.stat.
static void add_raw(struct json *memory, char *text)
{
    struct json *raw = json_add_object(memory, "raw");
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *blank = strchr(line, ' ');

        if (blank == NULL)
            continue;
        *blank = '\0';
        json_add_u64(raw, line, strtoull(blank + 1, NULL, 10));
    }
}

struct usage_files {
    const char *name, *usage, *limit, *max, *failures;
};

static const struct usage_files memory_files[][3] = {
    [1] = { { "usage", "memory.usage_in_bytes", "memory.limit_in_bytes",
              "memory.max_usage_in_bytes", "memory.failcnt" },
            { "swap", "memory.memsw.usage_in_bytes",
              "memory.memsw.limit_in_bytes", "memory.memsw.max_usage_in_bytes",
              "memory.memsw.failcnt" },
            { "kernel", "memory.kmem.usage_in_bytes",
              "memory.kmem.limit_in_bytes", "memory.kmem.max_usage_in_bytes",
              "memory.kmem.failcnt" } },
    [2] = { { "usage", "memory.current", "memory.max", "memory.peak", NULL },
            { "swap", "memory.swap.current", "memory.swap.max",
              "memory.swap.peak", NULL },
            { NULL, NULL, NULL, NULL, NULL } },
};

static void add_usage(struct json *to, int group, const struct usage_files *f)
{
    struct json *usage = json_add_object(to, f->name);
    uint64_t failures = 0;

    add_number(usage, "limit", group, f->limit);
    add_number(usage, "usage", group, f->usage);
    add_number(usage, "max", group, f->max);
    if (f->failures != NULL)
        read_number(group, f->failures, &failures);
    json_add_u64(usage, "failcnt", failures);
}

static void add_memory(struct json *data, const struct source *source)
{
    struct json *memory = json_add_object(data, "memory");
    int version;
    cleanup_close int group = open_group(source, "memory", &version);
    cleanup_free char *stat = cgroup_fs_read(group, "memory.stat");

    for (size_t i = 0; i < 3; i++)
        if (memory_files[version][i].name != NULL)
            add_usage(memory, group, &memory_files[version][i]);
    add_found(memory, "cache", stat, version == 1 ? "cache" : "file", 1);
    if (stat != NULL)
        add_raw(memory, stat);
}

// --- the others

static void add_pids(struct json *data, const struct source *source)
{
    struct json *pids = json_add_object(data, "pids");
    int version;
    cleanup_close int group = open_group(source, "pids", &version);

    add_number(pids, "current", group, "pids.current");
    add_number(pids, "limit", group, "pids.max");
}

static void add_io(struct json *list, const char *device, const char *op,
                   uint64_t value)
{
    struct json *one = json_append_object(list);
    const char *colon = strchr(device, ':');

    json_add_u64(one, "major", strtoull(device, NULL, 10));
    json_add_u64(one, "minor",
                 colon == NULL ? 0 : strtoull(colon + 1, NULL, 10));
    json_add_string(one, "op", op);
    json_add_u64(one, "value", value);
}

// "8:0 Read 4096" of version 1.
static void add_io_1(struct json *blkio, int group, const char *key,
                     const char *file)
{
    cleanup_free char *text = cgroup_fs_read(group, file);
    struct json *list = json_add_array(blkio, key);
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *device = strsep(&line, " ");
        char *op = strsep(&line, " ");

        if (op != NULL && line != NULL)
            add_io(list, device, op, strtoull(line, NULL, 10));
    }
}

// "8:0 rbytes=4096 wbytes=0 rios=1 wios=0" of version 2.
static void add_io_2(struct json *bytes, struct json *counts, char *text)
{
    static const struct {
        const char *key, *op;
        bool is_count;
    } keys[] = {
        { "rbytes=", "Read", false },    { "wbytes=", "Write", false },
        { "dbytes=", "Discard", false }, { "rios=", "Read", true },
        { "wios=", "Write", true },      { "dios=", "Discard", true },
    };
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *device = strsep(&line, " ");
        const char *word;

        while ((word = strsep(&line, " ")) != NULL)
            for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                if (str_starts(word, keys[i].key))
                    add_io(keys[i].is_count ? counts : bytes, device,
                           keys[i].op,
                           strtoull(word + strlen(keys[i].key), NULL, 10));
    }
}

static void add_block(struct json *data, const struct source *source)
{
    static const char bytes[] = "ioServiceBytesRecursive";
    static const char counts[] = "ioServicedRecursive";
    struct json *blkio = json_add_object(data, "blkio");
    int version;
    cleanup_close int group = open_group(source, "blkio", &version);

    if (version == 1) {
        add_io_1(blkio, group, bytes,
                 "blkio.throttle.io_service_bytes_recursive");
        add_io_1(blkio, group, counts, "blkio.throttle.io_serviced_recursive");
    } else {
        cleanup_free char *stat = cgroup_fs_read(group, "io.stat");
        struct json *list = json_add_array(blkio, bytes);

        add_io_2(list, json_add_array(blkio, counts), stat);
    }
}

int cgroup_stats(const char *path, struct json *data)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    const struct source source = { &groups, path };

    if (path == NULL)
        return failed(ENOTSUP, "can't tell what the container has used without "
                               "a control group");
    if (cgroups_read(&groups) < 0)
        return -1;
    add_cpu(data, &source);
    add_memory(data, &source);
    add_pids(data, &source);
    add_block(data, &source);
    json_add_object(data, "hugetlb");
    json_add_object(data, "intel_rdt");
    return 0;
}

long cgroup_oom_kills(const char *path)
{
    cleanup_cgroups struct cgroups groups = { 0 };
    const struct source source = { &groups, path };
    cleanup_close int group = -1;
    cleanup_free char *text = NULL;
    int version;
    uint64_t n;

    if (path == NULL)
        return -1;
    if (cgroups_read(&groups) < 0) {
        err_clear(); // the statistics will tell
        return -1;
    }
    group = open_group(&source, "memory", &version);
    text = cgroup_fs_read(group, version == 1 ? "memory.oom_control"
                                              : "memory.events");
    if (text == NULL || !find_number(text, "oom_kill", &n))
        return -1;
    return (long)n;
}
