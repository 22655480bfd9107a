// examine.c - an image looked at, and nothing made of it.
// SPDX-License-Identifier: MIT
#include "core/image/examine.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/base/stop.h"
#include "core/image/adjust.h"
#include "core/image/source.h"

// An image that is open.
struct examined {
    struct source source;
    struct image_reader *reader;
    struct adjustment adjustment; // none, but that it is counted
    struct budget budget;
    struct progress_counts counts;
    struct progress *progress;
};

static int begin(struct examined *e, const struct examination *plan, bool as_is)
{
    struct image_reader *reader;

    *e = (struct examined){ .source = { .place = plan->place,
                                        .platform = plan->platform,
                                        .xattrs = plan->xattrs,
                                        .exclude = plan->exclude,
                                        .as_is = as_is,
                                        .fd = -1,
                                        .again = -1 },
                            .adjustment = { .xattrs = plan->xattrs,
                                            .exclude = plan->exclude,
                                            .budget = &e->budget,
                                            .counts = &e->counts } };
    if (source_open(&e->source) < 0)
        return -1;
    reader = source_read(&e->source);
    if (reader == NULL)
        return -1;
    e->reader = image_adjust(reader, &e->adjustment);
    if (e->reader == NULL)
        return -1;
    if (plan->progress)
        e->progress = progress_start(
            &(struct progress_work){ &e->counts, e->source.fd, -1 });
    return 0;
}

static void end(struct examined *e)
{
    progress_end(e->progress);
    image_reader_close(&e->reader);
    source_close(&e->source);
}

// --- lists

static struct inventory *read_inventory(const struct examination *plan,
                                        bool as_is,
                                        const struct inventory_options *options)
{
    struct inventory *inventory = NULL;
    struct examined examined;

    if (begin(&examined, plan, as_is) == 0)
        inventory = inventory_read(examined.reader, options);
    end(&examined);
    if (inventory == NULL)
        failed_while("can't read %s", plan->place->path);
    return inventory;
}

struct inventory *image_list(const struct examination *plan)
{
    const struct inventory_options options = { .xattrs = plan->xattrs };

    return read_inventory(plan, true, &options);
}

// --- differences

int image_diff(const struct examination *a, const struct examination *b,
               unsigned kinds, struct difference_sink *sink)
{
    const struct image_format *of_a = a->place->format;
    const struct image_format *of_b = b->place->format;
    bool limited = geteuid() != 0 && (of_a->tree || of_b->tree);
    const struct inventory_options options = { .contents = true,
                                               .converted = true,
                                               .xattrs = a->xattrs,
                                               .user_xattrs_only = limited };
    struct comparison how = {
        .kinds = limited ? kinds & ~DIFFERENCE_BIT(DIFFERENCE_OWNER) : kinds,
        .owner_bits = limited ? S_IRWXU : 0,
        .made_config = of_a->configured || of_b->configured,
    };
    struct inventory *list_a = read_inventory(a, false, &options);
    struct inventory *list_b =
        list_a != NULL ? read_inventory(b, false, &options) : NULL;
    int status = -1;

    if (list_b != NULL)
        status = inventory_differences(list_a, list_b, &how, sink);
    inventory_free(list_a);
    inventory_free(list_b);
    return status;
}

// --- all of it

static int drop(struct image_sink *sink, const struct image_chunk *chunk)
{
    (void)sink, (void)chunk; // it could be read
    return 0;
}

static int verify_file(struct examined *e, const struct image_entry *entry,
                       struct verified *verified)
{
    struct image_sink sink = { drop };
    struct image_part all = { .id = entry->id, .size = entry->size };

    if (entry->size == 0 || e->reader->ops->data(e->reader, &all, &sink) == 0)
        return 0;
    verified->damaged++;
    // what a stream has behind it can't be found
    if (!e->reader->parts)
        return failed_while("can't read /%s", entry->path);
    log_line(LOG_ERROR, "damaged: /%s: %s", entry->path, err_text());
    err_clear();
    return stop_check();
}

static int verify(struct examined *e, struct verified *verified)
{
    struct image_entry entry;
    int more;

    while ((more = e->reader->ops->next(e->reader, &entry)) > 0) {
        verified->files++;
        if (entry.same_as == NULL && S_ISREG(entry.mode) &&
            verify_file(e, &entry, verified) < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    return verified->damaged == 0
               ? 0
               : failed(0, "damaged: %" PRIu64 " of %" PRIu64 " files",
                        verified->damaged, verified->files);
}

int image_verify(const struct examination *plan, struct verified *verified)
{
    struct examined examined;
    int status = begin(&examined, plan, true);

    *verified = (struct verified){ 0 };
    if (status == 0)
        status = verify(&examined, verified);
    verified->bytes = examined.counts.bytes;
    end(&examined);
    if (status < 0)
        return failed_while("%s", plan->place->path);
    return 0;
}
