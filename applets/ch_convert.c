// ch_convert.c - ch-convert: one format of images to another.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/threads.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/scope.h"
#include "core/base/stop.h"
#include "core/image/convert.h"
#include "core/image/output.h"

struct args {
    struct conversion plan;
    const char *in_format, *out_format;
    const char *clean;
    const char *storage;   // of images by name
    const char *temporary; // for scripts: nothing temporary is made
    char *codec;
    bool dry_run;
    bool no_xattrs;
    bool quiet;
    int verbosity;
};

// Build cache of ch-image's, which is no part of the image.
static const char *const excluded_always[] = { "/ch/git", "/ch/git.pickle" };

// CODEC[:LEVEL]
static int set_codec(void *p, const char *value)
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

static int set_owner(void *p, const char *value)
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

static int set_mtime(void *p, const char *value)
{
    struct conversion *plan = &((struct args *)p)->plan;

    plan->set_mtime = true;
    return parse_time("--mtime", value, &plan->mtime);
}

static int set_threads(void *p, const char *value)
{
    return threads_parse(value, &((struct args *)p)->plan.threads);
}

static const struct opt options[] = {
    { 0, "clean", "DIR", "remove what killed conversions left in DIR",
      OPT_STR(struct args, clean) },
    { 0, "compress", "CODEC[:LEVEL]",
      "none, gzip, zstd, xz or lz4 (default: by the name of OUT)",
      OPT_CALL(set_codec) },
    { 0, "exclude", "GLOB", "leave out files of this name (repeatable)",
      OPT_LIST(struct args, plan.exclude) },
    { 'i', "in-fmt", "FMT", "format of IN (see ch-convert(1))",
      OPT_STR(struct args, in_format) },
    { 0, "max-size", "SIZE", "give up if the files are larger than SIZE",
      OPT_SIZE(struct args, plan.max_size) },
    { 0, "mtime", "TIME", "time of all files, in seconds since 1970",
      OPT_CALL(set_mtime) },
    { 'n', "dry-run", NULL, "only say what would be done",
      OPT_FLAG(struct args, dry_run) },
    { 0, "no-clobber", NULL, "do not replace an image",
      OPT_FLAG(struct args, plan.no_clobber) },
    { 0, "no-xattrs", NULL, "discard extended attributes (default)",
      OPT_FLAG(struct args, no_xattrs) },
    { 'o', "out-fmt", "FMT", "format of OUT (see ch-convert(1))",
      OPT_STR(struct args, out_format) },
    { 0, "owner", "WHOSE", "files belong to: keep, mine, root",
      OPT_CALL(set_owner) },
    { 0, "platform", "OS/ARCH[/VARIANT]",
      "which image of several, and what the image made is for",
      OPT_STR(struct args, plan.platform) },
    { 'q', "quiet", NULL, "print errors only", OPT_FLAG(struct args, quiet) },
    { 's', "storage", "DIR", "where images by name are",
      OPT_STR(struct args, storage) },
    { 0, "threads", "N", "compress and write by at most N threads",
      OPT_CALL(set_threads) },
    { 0, "tmp", "DIR", "accepted for scripts; nothing temporary is needed",
      OPT_STR(struct args, temporary) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    { 0, "xattrs", NULL, "keep extended attributes",
      OPT_FLAG(struct args, plan.xattrs) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[-i FMT] [-o FMT] [OPTION...] IN OUT",
    .about = "Convert an image from one format to another.",
    .table = options,
};

// --- what the environment and the operands add

static int set_environment(struct args *args)
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

static int set_operands(struct args *args, int count, char *const *words)
{
    struct conversion *plan = &args->plan;

    if (count != 2)
        return failed(0, "expected IN and OUT; see --help");
    if (format_find(words[0], args->in_format, true, &plan->in) < 0 ||
        format_find(words[1], args->out_format, false, &plan->out) < 0)
        return -1;
    if (plan->in.format == plan->out.format)
        return failed(0,
                      "input and output formats must be different: both "
                      "are %s",
                      plan->in.format->names[0]);
    for (size_t i = 0; i < sizeof excluded_always / sizeof excluded_always[0];
         i++)
        if (strlist_add(&plan->exclude, excluded_always[i]) < 0)
            return -1;
    return 0;
}

// --- what the user is told; lines as Charliecloud's

static void print_head(const struct conversion *plan)
{
    log_line(LOG_WARN, "input:   %-8s  %s", plan->in.format->names[0],
             plan->in.path);
    log_line(LOG_WARN, "output:  %-8s  %s", plan->out.format->names[0],
             plan->out.path);
}

static void print_result(const struct conversion_result *result)
{
    char written[64] = "";

    if (result->copied.devices > 0)
        log_warn("device files left out: %" PRIu64, result->copied.devices);
    if (result->written > 0)
        snprintf(written, sizeof written, ", written as %" PRIu64 " KiB",
                 (result->written + 1023) >> 10);
    log_line(LOG_WARN, "done: %" PRIu64 " files, %" PRIu64 " MiB%s",
             result->copied.entries, result->bytes >> 20, written);
}

static void print_plan(const struct conversion *plan, bool replaces)
{
    static const char *const owners[] = {
        [OWNER_KEEP] = "kept", [OWNER_MINE] = "mine", [OWNER_ROOT] = "root"
    };

    print_head(plan);
    printf("%s %s, %s\n", plan->out.format->names[0], plan->out.path,
           replaces ? "which is there and would be replaced"
                    : "which would be made");
    printf("owner: %s\n", owners[conversion_owner(plan)]);
    printf("extended attributes: %s\n", plan->xattrs ? "kept" : "discarded");
    if (plan->codec != NULL)
        printf("compression: %s\n", plan->codec);
    for (size_t i = 0; i < plan->exclude.count; i++)
        printf("left out: %s\n", plan->exclude.items[i]);
}

static int dry_run(const struct conversion *plan)
{
    bool replaces;

    if (convert_check(plan, &replaces) < 0)
        return -1;
    print_plan(plan, replaces);
    return 0;
}

static int run(struct args *args)
{
    struct conversion_result result;

    if (args->dry_run)
        return dry_run(&args->plan);
    print_head(&args->plan);
    if (stop_catch() < 0 || convert(&args->plan, &result) < 0)
        return -1;
    print_result(&result);
    return 0;
}

static int clean(const struct args *args, int operands)
{
    int count;

    if (operands > 0)
        return failed(0, "--clean takes no IN and OUT");
    count = output_clean(args->clean);
    if (count < 0)
        return -1;
    log_line(LOG_WARN, "removed: %d", count);
    return 0;
}

int ch_convert_main(int argc, char **argv)
{
    struct args args = { .plan.level = -1 };
    int first = opt_parse(&spec, argc, argv, &args);
    int status = -1;

    if (first == OPT_ANSWERED)
        return 0;
    if (first >= 0 && args.quiet && args.verbosity > 0)
        first = failed(0, "--quiet incompatible with --verbose");
    if (args.quiet)
        log_level_set(LOG_ERROR);
    else
        log_level_set(LOG_WARN + args.verbosity);
    args.plan.progress = !args.quiet;
    if (first >= 0 && args.clean != NULL)
        status = clean(&args, argc - first);
    else if (first >= 0 && set_environment(&args) == 0 &&
             set_operands(&args, argc - first, argv + first) == 0)
        status = run(&args);
    format_place_free(&args.plan.in);
    format_place_free(&args.plan.out);
    strlist_free(&args.plan.exclude);
    free(args.codec);
    if (status < 0)
        stop_die();
    return status;
}
