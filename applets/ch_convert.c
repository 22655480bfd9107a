// ch_convert.c - ch-convert: one format of images to another.
// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/convert/args.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/stop.h"
#include "core/image/output.h"

enum { DIFF_TROUBLE = 2 }; // exit status, as that of diff(1)

// Build cache of ch-image's, which is no part of the image.
static const char *const excluded_always[] = { "/ch/git", "/ch/git.pickle" };

static const struct opt options[] = {
    { 0, "add", "SRC:DST", "put a file or tree of the host into the image",
      OPT_CALL(convert_set_add) },
    { 0, "block-size", "SIZE", "of a SquashFS image, 4K to 1M (default: 128K)",
      OPT_SIZE(struct args, plan.block_size), .later = true },
    { 0, "clean", "DIR", "remove what killed conversions left in DIR",
      OPT_STR(struct args, clean) },
    { 0, "compress", "CODEC[:LEVEL]",
      "none, gzip, zstd, xz or lz4 (default: by the name of OUT)",
      OPT_CALL(convert_set_codec) },
    { 0, "devices", NULL, "keep device files, and what is below /dev",
      OPT_FLAG(struct args, plan.devices), .later = true },
    { 0, "diff", NULL, "tell what differs between two images",
      OPT_FLAG(struct args, diff), .later = true },
    { 0, "exclude", "GLOB", "leave out files of this name (repeatable)",
      OPT_LIST(struct args, plan.exclude) },
    { 0, "ignore", "KIND[,KIND...]", "differences that --diff leaves out",
      OPT_CALL(convert_set_ignore), .later = true },
    { 0, "info", NULL, "tell what an image is", OPT_FLAG(struct args, info),
      .later = true },
    { 'i', "in-fmt", "FMT", "format of IN (see ch-convert(1))",
      OPT_STR(struct args, in_format) },
    { 0, "json", NULL, "tell it to programs", OPT_FLAG(struct args, json) },
    { 0, "list", NULL, "tell what files are in an image",
      OPT_FLAG(struct args, list) },
    { 0, "max-size", "SIZE", "give up if the files are larger than SIZE",
      OPT_SIZE(struct args, plan.max_size) },
    { 0, "mtime", "TIME", "time of all files, in seconds since 1970",
      OPT_CALL(convert_set_mtime) },
    { 'n', "dry-run", NULL, "only say what would be done",
      OPT_FLAG(struct args, dry_run) },
    { 0, "no-clobber", NULL, "do not replace an image",
      OPT_FLAG(struct args, plan.no_clobber) },
    { 0, "no-xattrs", NULL, "discard extended attributes (default)",
      OPT_FLAG(struct args, no_xattrs) },
    { 'o', "out-fmt", "FMT", "format of OUT (see ch-convert(1))",
      OPT_STR(struct args, out_format) },
    { 0, "owner", "WHOSE", "files belong to: keep, mine, root",
      OPT_CALL(convert_set_owner) },
    { 0, "platform", "OS/ARCH[/VARIANT]",
      "which image of several, and what the image made is for",
      OPT_STR(struct args, plan.platform) },
    { 'q', "quiet", NULL, "print errors only", OPT_FLAG(struct args, quiet) },
    { 's', "storage", "DIR", "where images by name are",
      OPT_STR(struct args, storage) },
    { 0, "self", NULL, "put this program into the image",
      OPT_CALL(convert_set_self), .later = true },
    { 0, "sort", "FILE", "lay out data in the order of the paths in FILE",
      OPT_CALL(convert_set_sort), .later = true },
    { 0, "threads", "N", "compress and write by at most N threads",
      OPT_CALL(convert_set_threads) },
    { 0, "times", NULL, "--diff compares times, too",
      OPT_FLAG(struct args, times), .later = true },
    { 0, "tmp", "DIR", "accepted for scripts; nothing temporary is needed",
      OPT_STR(struct args, temporary) },
    { 0, "verify", NULL, "read all of an image", OPT_FLAG(struct args, verify),
      .later = true },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    { 0, "xattrs", NULL, "keep extended attributes",
      OPT_FLAG(struct args, plan.xattrs) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IN OUT | --list|--info|--verify IN | --diff A B",
    .about = "Convert an image from one format to another.",
    .table = options,
};

// What can be asked for, but to convert, which is the last one.
static const struct mode {
    const char *option;
    size_t flag;          // in struct args
    const char *operands; // for messages
    int inputs;
    bool json; // can tell it to programs
    int (*run)(const struct args *args);
} modes[] = {
    { "--diff", offsetof(struct args, diff), "A and B", 2, true, convert_diff },
    { "--info", offsetof(struct args, info), "an IMAGE", 1, true,
      convert_info },
    { "--list", offsetof(struct args, list), "an IMAGE", 1, true,
      convert_list },
    { "--verify", offsetof(struct args, verify), "an IMAGE", 1, false,
      convert_verify },
    { NULL, 0, "IN and OUT", 1, false, convert_make },
};

enum { MODES = sizeof modes / sizeof modes[0] };

static bool is_given(const struct args *args, const struct mode *mode)
{
    return *(const bool *)((const char *)args + mode->flag);
}

// NULL after failed().
static const struct mode *find_mode(const struct args *args)
{
    const struct mode *found = &modes[MODES - 1];

    for (size_t i = 0; i < MODES - 1; i++) {
        if (!is_given(args, &modes[i]))
            continue;
        if (found->option != NULL) {
            failed(0, "\"%s\" incompatible with \"%s\"", found->option,
                   modes[i].option);
            return NULL;
        }
        found = &modes[i];
    }
    return found;
}

static int exclude_always(struct strlist *list)
{
    for (size_t i = 0; i < sizeof excluded_always / sizeof excluded_always[0];
         i++)
        if (strlist_add(list, excluded_always[i]) < 0)
            return -1;
    return 0;
}

// Or else an image of the same format would be the same.
static bool changes_something(const struct conversion *plan)
{
    return plan->add.count > 0 || plan->exclude.count > 0 ||
           plan->codec != NULL || plan->block_size != 0 || plan->sorted ||
           plan->set_mtime || plan->owner != OWNER_DEFAULT;
}

static int set_operands(struct args *args, const struct mode *mode, int count,
                        char *const *words)
{
    struct conversion *plan = &args->plan;
    bool second = mode->inputs == 2 || mode->option == NULL;

    if (count != 1 + second)
        return failed(0, "expected %s; see --help", mode->operands);
    plan->in.storage = plan->out.storage = args->storage;
    if (format_find(words[0], args->in_format, true, &plan->in) < 0 ||
        (second && format_find(words[1], args->out_format, mode->inputs == 2,
                               &plan->out) < 0))
        return -1;
    if (!second)
        return 0;
    if (mode->option == NULL && plan->in.format == plan->out.format &&
        !changes_something(plan))
        return failed(0,
                      "input and output formats must be different: both "
                      "are %s",
                      plan->in.format->names[0]);
    return exclude_always(&plan->exclude);
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

static int run(struct args *args, int count, char *const *words)
{
    const struct mode *mode;

    if (args->quiet && args->verbosity > 0)
        return failed(0, "--quiet incompatible with --verbose");
    if (args->clean != NULL)
        return clean(args, count);
    mode = find_mode(args);
    if (mode != NULL && args->json && !mode->json)
        return failed(0, "\"--json\" goes with --diff, --info and "
                         "--list");
    if (mode != NULL && args->plan.add.count > 0 && mode->option != NULL)
        return failed(0, "nothing is added to an image with \"%s\"",
                      mode->option);
    if (mode == NULL || convert_set_environment(args) < 0 ||
        set_operands(args, mode, count, words) < 0 || stop_catch() < 0)
        return -1;
    return mode->run(args);
}

// Known before the options are, which may be wrong.
static bool asks_for_diff(char *const *words)
{
    for (; *words != NULL && strcmp(*words, "--") != 0; words++)
        if (strcmp(*words, "--diff") == 0)
            return true;
    return false;
}

int ch_convert_main(int argc, char **argv)
{
    struct args args = { .plan.level = -1 };
    int first = opt_parse(&spec, argc, argv, &args);
    int status = -1;

    if (first == OPT_ANSWERED)
        return 0;
    if (args.quiet)
        log_level_set(LOG_ERROR);
    else
        log_level_set(LOG_WARN + args.verbosity);
    args.plan.progress = !args.quiet;
    if (first >= 0)
        status = run(&args, argc - first, argv + first);
    format_place_free(&args.plan.in);
    format_place_free(&args.plan.out);
    strlist_free(&args.plan.exclude);
    strlist_free(&args.plan.sort);
    additions_free(&args.plan.add);
    free(args.codec);
    if (status < 0)
        stop_die();
    if (status < 0 && (args.diff || asks_for_diff(argv)))
        failed_with(DIFF_TROUBLE);
    return status;
}
