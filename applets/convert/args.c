// args.c - options of ch-convert that are more than a word.
// SPDX-License-Identifier: MIT
#include "applets/convert/args.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "applets/threads.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/image/sort_list.h"

// CODEC[:LEVEL]
int convert_set_codec(void *p, const char *value)
{
    struct args *args = p;
    const char *colon = strchr(value, ':');
    uint64_t level;

    free(args->codec);
    args->codec = str_ndup(value, strcspn(value, ":"));
    args->plan.codec = args->codec;
    args->plan.level = -1;
    if (args->codec == NULL || colon == NULL)
        return args->codec == NULL ? -1 : 0;
    if (str_to_u64(colon + 1, &level) < 0 || level > 100)
        return failed(0, "--compress: not a level: %s", colon + 1);
    args->plan.level = (int)level;
    return 0;
}

int convert_set_owner(void *p, const char *value)
{
    static const struct {
        const char *name;
        enum conversion_owner owner;
    } owners[] = { { "keep", OWNER_KEEP },
                   { "mine", OWNER_MINE },
                   { "root", OWNER_ROOT } };

    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
        if (strcmp(value, owners[i].name) == 0) {
            ((struct args *)p)->plan.owner = owners[i].owner;
            return 0;
        }
    return failed(0, "--owner: not keep, mine or root: %s", value);
}

static int parse_time(const char *what, const char *value, time_t *time)
{
    uint64_t seconds;

    // 0xffffffff: what SquashFS has room for
    if (str_to_u64(value, &seconds) < 0 || seconds > UINT32_MAX)
        return failed(0, "%s: not a time in seconds since 1970: %s", what,
                      value);
    *time = (time_t)seconds;
    return 0;
}

int convert_set_mtime(void *p, const char *value)
{
    struct conversion *plan = &((struct args *)p)->plan;

    plan->set_mtime = true;
    return parse_time("--mtime", value, &plan->mtime);
}

int convert_set_sort(void *p, const char *value)
{
    struct conversion *plan = &((struct args *)p)->plan;

    plan->sorted = true;
    return sort_list_read(value, &plan->sort);
}

int convert_set_threads(void *p, const char *value)
{
    return threads_parse(value, &((struct args *)p)->plan.threads);
}

// A list with commas between its words.
int convert_set_ignore(void *p, const char *value)
{
    struct args *args = p;

    while (*value != '\0') {
        size_t length = strcspn(value, ",");
        char *name = str_ndup(value, length);
        unsigned bit = name != NULL ? convert_diff_bit(name) : 0;

        if (name != NULL && bit == 0)
            failed(0, "--ignore: no kind of differences: %s", name);
        free(name);
        if (bit == 0)
            return -1;
        args->ignored |= bit;
        value += length + (value[length] == ',');
    }
    return 0;
}

int convert_set_environment(struct args *args)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    const char *xattrs = getenv("CH_XATTRS");
    struct conversion *plan = &args->plan;

    if (args->no_xattrs && plan->xattrs)
        return failed(0, "\"--xattrs\" incompatible with \"--no-xattrs\"");
    if (xattrs != NULL && xattrs[0] != '\0')
        plan->xattrs = !args->no_xattrs;
    if (plan->set_mtime || epoch == NULL || epoch[0] == '\0')
        return 0;
    plan->limit_mtime = true;
    return parse_time("SOURCE_DATE_EPOCH", epoch, &plan->mtime);
}

struct examination convert_examination(const struct args *args,
                                       const struct format_place *place)
{
    return (struct examination){ .place = place,
                                 .platform = args->plan.platform,
                                 .exclude = &args->plan.exclude,
                                 .xattrs = args->plan.xattrs,
                                 .devices = args->plan.devices,
                                 .progress = args->plan.progress };
}
