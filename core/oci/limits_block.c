// limits_block.c - limits of block devices, as values for files.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdint.h>

#include "core/oci/limits_work.h"

// Of 10 to 1000 to one of 1 to 10000. What is not of the specification's type
// is left to the kernel to refuse.
static int64_t io_weight(int64_t weight)
{
    if (weight < 0 || weight > UINT16_MAX)
        return weight;
    return 1 + (weight - 10) * 9999 / 990;
}

// BFQ, the scheduler, has its own files in either version.
static void add_block_weight(struct limits *limits, const struct resources *r)
{
    const struct maybe *weight = &r->block.weight;
    const char *value;
    struct limit one = { .member = "blockIO.weight", .version = 1 };

    if (!weight->set || weight->number == 0)
        return;
    value = limits_number(limits, weight->number, false);
    one.controller = "blkio";
    one.file = "blkio.weight";
    one.other_file = "blkio.bfq.weight";
    one.value = one.other_value = value;
    limits_add(limits, one);
    one.controller = "io";
    one.version = 2;
    one.file = "io.bfq.weight";
    one.other_file = "io.weight";
    one.other_value = limits_text(limits->arena, "default %" PRId64,
                                  io_weight(weight->number));
    limits_add(limits, one);
}

static void add_leaf_weight(struct limits *limits,
                            const struct resource_weight *w)
{
    struct limit one = { .member = "blockIO.weightDevice.leafWeight",
                         .controller = "blkio",
                         .version = 1,
                         .file = "blkio.leaf_weight_device",
                         .value = limits_text(
                             limits->arena, "%" PRId64 ":%" PRId64 " %" PRId64,
                             w->major.number, w->minor.number,
                             w->leaf_weight.number) };

    if (!w->leaf_weight.set || w->leaf_weight.number == 0)
        return;
    limits_add(limits, one);
    one.controller = "io";
    one.version = 2;
    one.file = NULL;
    limits_add(limits, one);
}

static void add_device_weight(struct limits *limits,
                              const struct resource_weight *w)
{
    static const char format[] = "%" PRId64 ":%" PRId64 " %" PRId64;
    int64_t major = w->major.number, minor = w->minor.number;
    struct limit one = { .member = "blockIO.weightDevice", .version = 1 };

    add_leaf_weight(limits, w);
    if (!w->weight.set || w->weight.number == 0)
        return;
    one.value = one.other_value =
        limits_text(limits->arena, format, major, minor, w->weight.number);
    one.controller = "blkio";
    one.file = "blkio.weight_device";
    one.other_file = "blkio.bfq.weight_device";
    limits_add(limits, one);
    one.controller = "io";
    one.version = 2;
    one.file = "io.bfq.weight";
    one.other_file = "io.weight";
    one.other_value = limits_text(limits->arena, format, major, minor,
                                  io_weight(w->weight.number));
    limits_add(limits, one);
}

// In version 1, 0 takes the limit away, in version 2 a word does.
static void add_rate(struct limits *limits, struct limit one,
                     const struct resource_rate *rate, const char *word)
{
    struct arena *arena = limits->arena;

    one.unlimited = rate->rate.number <= 0;
    one.controller = "blkio";
    one.version = 1;
    one.value = limits_text(arena, "%" PRId64 ":%" PRId64 " %" PRId64,
                            rate->major.number, rate->minor.number,
                            one.unlimited ? 0 : rate->rate.number);
    limits_add(limits, one);
    one.controller = "io";
    one.version = 2;
    one.file = "io.max";
    one.value = limits_text(
        arena, "%" PRId64 ":%" PRId64 " %s=%s", rate->major.number,
        rate->minor.number, word,
        limits_number(limits, one.unlimited ? -1 : rate->rate.number, true));
    limits_add(limits, one);
}

void limits_add_block(struct limits *limits, const struct resources *r)
{
    const struct {
        const struct resource_rate *items;
        size_t count;
        const char *member, *file, *word;
    } rates[] = {
        { r->block.read_bps.items, r->block.read_bps.count,
          "blockIO.throttleReadBpsDevice", "blkio.throttle.read_bps_device",
          "rbps" },
        { r->block.write_bps.items, r->block.write_bps.count,
          "blockIO.throttleWriteBpsDevice", "blkio.throttle.write_bps_device",
          "wbps" },
        { r->block.read_iops.items, r->block.read_iops.count,
          "blockIO.throttleReadIOPSDevice", "blkio.throttle.read_iops_device",
          "riops" },
        { r->block.write_iops.items, r->block.write_iops.count,
          "blockIO.throttleWriteIOPSDevice", "blkio.throttle.write_iops_device",
          "wiops" },
    };

    add_block_weight(limits, r);
    for (size_t i = 0; i < r->block.weights.count; i++)
        add_device_weight(limits, &r->block.weights.items[i]);
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++)
        for (size_t i = 0; i < rates[k].count; i++)
            add_rate(limits,
                     (struct limit){ .member = rates[k].member,
                                     .file = rates[k].file },
                     &rates[k].items[i], rates[k].word);
}
