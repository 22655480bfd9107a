// limits_other.c - huge pages, RDMA, network, and what is version 2's own, as
// values for files.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <string.h>

#include "core/base/err.h"
#include "core/oci/limits_work.h"

// --- huge pages

static void add_pages(struct limits *limits, const struct resource_pages *pages)
{
    struct arena *arena = limits->arena;
    int64_t n = pages->limit.number;
    struct limit one = { .member = "hugepageLimits",
                         .controller = "hugetlb",
                         .version = 1,
                         .unlimited = n < 0 };

    // reservations would make a way around it; older kernels don't limit them
    for (int reserved = 0; reserved < 2; reserved++) {
        const char *part = reserved ? "rsvd." : "";

        one.optional = reserved;
        one.version = 1;
        one.file = limits_text(arena, "hugetlb.%s.%slimit_in_bytes",
                               pages->size, part);
        one.value = limits_number(limits, n, false);
        limits_add(limits, one);
        one.version = 2;
        one.file = limits_text(arena, "hugetlb.%s.%smax", pages->size, part);
        one.value = limits_number(limits, n, true);
        limits_add(limits, one);
    }
}

// --- RDMA

struct rdma {
    struct maybe handles, objects;
};

static const struct field rdma_fields[] = {
    { "hcaHandles", FIELD_MAYBE(struct rdma, handles) },
    { "hcaObjects", FIELD_MAYBE(struct rdma, objects) },
    FIELD_END,
};

static int add_rdma(struct limits *limits, const struct json *device)
{
    struct arena *arena = limits->arena;
    struct rdma rdma = { .handles.set = false };
    const char *handles = "", *objects = "";
    struct limit one = {
        .member = "rdma", .controller = "rdma", .version = 1, .file = "rdma.max"
    };

    if (fields_read(rdma_fields, RESOURCES_NAME ".rdma", device, arena, &rdma) <
        0)
        return -1;
    if (rdma.handles.set)
        handles =
            limits_text(arena, " hca_handle=%" PRId64, rdma.handles.number);
    if (rdma.objects.set)
        objects =
            limits_text(arena, " hca_object=%" PRId64, rdma.objects.number);
    if (!rdma.handles.set && !rdma.objects.set)
        return failed(0,
                      RESOURCES_NAME ".rdma.%s: hcaHandles or hcaObjects "
                                     "must be there",
                      json_key(device));
    one.value =
        limits_text(arena, "%s%s%s", json_key(device), handles, objects);
    limits_add(limits, one);
    one.version = 2;
    limits_add(limits, one);
    return 0;
}

// --- network

static void add_priority(struct limits *limits,
                         const struct resource_priority *priority)
{
    struct limit one = { .member = "network.priorities",
                         .controller = "net_prio",
                         .version = 1,
                         .file = "net_prio.ifpriomap",
                         .value =
                             limits_text(limits->arena, "%s %" PRIu32,
                                         priority->name, priority->priority) };

    limits_add(limits, one);
    one.version = 2;
    one.file = NULL;
    limits_add(limits, one);
}

// --- what is version 2's own

// A write for each line, as files like io.max take one.
static void add_unified(struct limits *limits, const struct pair *pair)
{
    struct arena *arena = limits->arena;
    const char *dot = strchr(pair->name, '.');
    struct limit one = {
        .member = limits_text(arena, "unified.%s", pair->name),
        .controller =
            limits_text(arena, "%.*s", (int)(dot - pair->name), pair->name),
        .version = 2,
        .file = pair->name,
    };

    for (const char *line = pair->value; *line != '\0';) {
        size_t length = strcspn(line, "\n");

        if (length > 0) {
            one.value = limits_text(arena, "%.*s", (int)length, line);
            one.unlimited = strcmp(one.value, "max") == 0;
            limits_add(limits, one);
        }
        line += length + (line[length] == '\n');
    }
}

// --- all of these

int limits_add_others(struct limits *limits, const struct resources *r)
{
    for (size_t i = 0; i < r->pages.count; i++)
        add_pages(limits, &r->pages.items[i]);
    for (const struct json *device = r->rdma == NULL ? NULL
                                                     : json_first(r->rdma);
         device != NULL; device = json_next(device))
        if (add_rdma(limits, device) < 0)
            return -1;
    for (size_t i = 0; i < r->network.priorities.count; i++)
        add_priority(limits, &r->network.priorities.items[i]);
    // last, as they are the more exact
    for (size_t i = 0; i < r->unified.count; i++)
        add_unified(limits, &r->unified.items[i]);
    return 0;
}
