// examine.c - an image looked at, and nothing made of it.
// SPDX-License-Identifier: MIT
#include "core/image/examine.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/base/stop.h"
#include "core/image/adjust.h"
#include "core/image/config_gather.h"
#include "core/image/contents.h"
#include "core/image/info.h"
#include "core/image/source.h"

// An image that is open.
struct examined {
    struct source source;
    struct image_reader *reader;
    struct adjustment adjustment; // none, but that it is counted
    struct budget budget;
    struct progress_counts counts;
    struct progress *progress;
    struct image_config config; // if it was gathered
};

static int begin(struct examined *e, const struct examination *plan, bool as_is)
{
    struct image_reader *reader;

    *e = (struct examined){ .source = { .place = plan->place,
                                        .platform = plan->platform,
                                        .xattrs = plan->xattrs,
                                        .devices = plan->devices,
                                        .exclude = plan->exclude,
                                        .counts = &e->counts,
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

// From now on the configuration is no part of the files. 0, or -1 after
// failed().
static int gather(struct examined *e)
{
    e->reader = image_gather_config(e->reader, &e->config);
    return e->reader == NULL ? -1 : 0;
}

static void end(struct examined *e)
{
    progress_end(e->progress);
    image_reader_close(&e->reader);
    source_close(&e->source);
    config_free(&e->config);
}

// --- lists

// The configuration, which the caller frees, is no part of the files if it is
// asked for.
static struct inventory *read_inventory(const struct examination *plan,
                                        bool as_is,
                                        const struct inventory_options *options,
                                        struct image_config *config)
{
    struct inventory *inventory = NULL;
    struct examined examined;

    if (begin(&examined, plan, as_is) == 0 &&
        (config == NULL || gather(&examined) == 0))
        inventory = inventory_read(examined.reader, options);
    if (config != NULL) {
        *config = examined.config;
        examined.config = (struct image_config){ 0 };
    }
    end(&examined);
    if (inventory == NULL)
        failed_while("can't read %s", plan->place->path);
    return inventory;
}

struct inventory *image_list(const struct examination *plan)
{
    const struct inventory_options options = { .xattrs = plan->xattrs };

    return read_inventory(plan, true, &options, NULL);
}

struct json *image_info(const struct examination *plan)
{
    const struct inventory_options options = { 0 };
    struct image_config config;
    struct inventory *inventory = read_inventory(plan, true, &options, &config);
    struct json *info = NULL;

    if (inventory != NULL)
        info = info_make(plan->place, plan->platform, &config,
                         inventory_totals(inventory));
    inventory_free(inventory);
    config_free(&config);
    return info;
}

// --- differences

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

// What is kept in one file of JSON, if both have it.
static bool same_rest(const struct image_config *a,
                      const struct image_config *b)
{
    if (a->document == NULL || b->document == NULL)
        return true;
    return same_text(a->user, b->user) &&
           same_text(a->directory, b->directory) &&
           strlist_same(&a->labels, &b->labels);
}

static int tell_config(const char *path, struct difference_sink *sink)
{
    static const struct inventory_file file = { .mode = S_IFREG };
    struct inventory_item item = { .path = path, .file = &file };
    struct difference difference = { .kind = DIFFERENCE_CONTENT,
                                     .a = &item,
                                     .b = &item };

    return sink->put(sink, &difference);
}

// By what they mean, as a conversion writes them anew; they are told as the
// files that trees have them in.
static int compare_configs(const struct image_config *a,
                           const struct image_config *b,
                           struct difference_sink *sink)
{
    const struct {
        const char *path;
        bool same;
    } parts[] = {
        { "ch/cmd", strlist_same(&a->command, &b->command) },
        { "ch/config.json", same_rest(a, b) },
        { "ch/entrypoint", strlist_same(&a->entrypoint, &b->entrypoint) },
        { "ch/environment", strlist_same(&a->environment, &b->environment) },
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!parts[i].same && tell_config(parts[i].path, sink) < 0)
            return -1;
    return 0;
}

// Two images, and what is compared of them.
struct pair {
    struct inventory *a, *b;
    struct image_config config_a, config_b;
    struct comparison how;
};

static int compare(struct pair *pair, struct difference_sink *sink)
{
    if ((pair->how.kinds & DIFFERENCE_BIT(DIFFERENCE_CONTENT)) != 0 &&
        compare_configs(&pair->config_a, &pair->config_b, sink) < 0)
        return -1;
    return inventory_differences(pair->a, pair->b, &pair->how, sink);
}

int image_diff(const struct examination *a, const struct examination *b,
               unsigned kinds, struct difference_sink *sink)
{
    const struct image_format *of_a = a->place->format;
    const struct image_format *of_b = b->place->format;
    bool limited = geteuid() != 0 && (of_a->tree || of_b->tree);
    const struct inventory_options options = { .contents = true,
                                               .converted = true,
                                               .devices = a->devices,
                                               .xattrs = a->xattrs,
                                               .user_xattrs_only = limited };
    struct pair pair = { .how = { .kinds = kinds, .devices = a->devices } };
    int status = -1;

    if (limited) {
        pair.how.kinds &= ~DIFFERENCE_BIT(DIFFERENCE_OWNER);
        pair.how.owner_bits = S_IRWXU;
    }
    pair.a = read_inventory(a, false, &options, &pair.config_a);
    if (pair.a != NULL)
        pair.b = read_inventory(b, false, &options, &pair.config_b);
    if (pair.b != NULL)
        status = compare(&pair, sink);
    inventory_free(pair.a);
    inventory_free(pair.b);
    config_free(&pair.config_a);
    config_free(&pair.config_b);
    return status;
}

// --- all of it

struct verifying {
    struct contents_sink sink; // first: a sink is cast to this
    struct verified *verified;
};

static int tell_damage(struct contents_sink *sink,
                       const struct contents_file *file)
{
    struct verifying *verifying = (struct verifying *)sink;

    if (file->error == NULL)
        return 0;
    if (stop_check() < 0)
        return -1;
    verifying->verified->damaged++;
    log_line(LOG_ERROR, "damaged: /%s: %s", file->path, file->error);
    return 0;
}

static int verify_files(struct examined *e, struct contents *contents,
                        struct verified *verified)
{
    struct image_entry entry;
    int more;

    while ((more = e->reader->ops->next(e->reader, &entry)) > 0) {
        verified->files++;
        if (entry.same_as == NULL && S_ISREG(entry.mode) && entry.size > 0 &&
            contents_put(contents, &entry, 0) < 0)
            return -1;
    }
    return more < 0 ? -1 : contents_finish(contents);
}

static int verify(struct examined *e, struct verified *verified)
{
    struct verifying verifying = { { tell_damage }, verified };
    struct contents *contents = contents_new(e->reader, false, &verifying.sink);
    int status = contents != NULL ? verify_files(e, contents, verified) : -1;

    contents_free(contents);
    if (status < 0 || verified->damaged == 0)
        return status;
    return failed(0, "damaged: %" PRIu64 " of %" PRIu64 " files",
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
