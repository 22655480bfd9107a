// ch_mount.c - ch-mount: mount a SquashFS image, for a command or for all.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/file_name.h"
#include "applets/mount/mount.h"
#include "applets/threads.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/fuse/feature.h"
#include "core/run/fetch_list.h"
#include "core/run/launch.h"
#include "core/run/mounting.h"
#include "core/run/view.h"

struct args {
    struct mounting plan;
    struct view_mount *mounts; // for a command, in their order
    size_t mount_count;
    size_t operands;
    bool pairs;     // the operands are IMAGE:DIR
    bool alone;     // ranks of a step do not share
    char **command; // what follows "--", NULL: no such thing
    int verbosity;
    bool background;
    bool foreground;
    bool list;
    bool statistics;
    bool json;
};

static int set_threads(void *p, const char *value)
{
    return threads_parse(value, &((struct args *)p)->plan.threads);
}

// For tests: old kernels lack them.
static int set_without(void *p, const char *value)
{
    return features_parse(value, &((struct args *)p)->plan.without);
}

static int set_record(void *p, const char *value)
{
    return file_name_set(&((struct args *)p)->plan.record, "--record", value);
}

static int set_prefetch(void *p, const char *value)
{
    return file_name_set(&((struct args *)p)->plan.prefetch, "--prefetch",
                         value);
}

static struct view_mount *add_mount(struct args *args)
{
    struct view_mount *more =
        reallocarray(args->mounts, args->mount_count + 1, sizeof *args->mounts);

    if (more == NULL) {
        failed(errno, "can't store the command line");
        return NULL;
    }
    args->mounts = more;
    more += args->mount_count++;
    *more = (struct view_mount){ 0 };
    return more;
}

// Cut the mode, ":ro" or ":rw", off a target. As with ch-run's --bind, what
// stands behind the last colon is no part of a name unless it has a slash.
static int cut_mode(struct view_mount *mount)
{
    const char *colon = strrchr(mount->target, ':');
    bool read_only;

    if (colon == NULL || strchr(colon, '/') != NULL)
        return 0;
    read_only = strcmp(colon, ":ro") == 0;
    if (!read_only && strcmp(colon, ":rw") != 0)
        return failed(
            0,
            "%.*s: unknown option: %s (known: ro rw; if it belongs to "
            "the name of the file, add :rw)",
            (int)(colon - mount->target), mount->target, colon + 1);
    mount->read_only = read_only && mount->kind == VIEW_BIND;
    mount->target = str_ndup(mount->target, (size_t)(colon - mount->target));
    if (mount->target == NULL)
        return -1;
    if (!read_only && mount->kind == VIEW_IMAGE)
        log_warn("%s can't be written to, as it is a SquashFS image: %s",
                 mount->target, mount->source);
    return 0;
}

// SRC:DST[:ro]
static int set_bind(void *p, const char *value)
{
    struct view_mount *mount = add_mount(p);
    char *source;
    int split;

    if (mount == NULL)
        return -1;
    mount->kind = VIEW_BIND;
    split = view_split(value, &source, &mount->target);
    if (split == 0)
        return failed(0, "--bind: not SRC:DST: %s", value);
    if (split < 0)
        return -1;
    mount->source = source;
    return cut_mode(mount);
}

static bool is_tmpfs_size(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t bytes;

    if (digits > 0 && strcmp(text + digits, "%") == 0)
        return strtoul(text, NULL, 10) > 0;
    return str_to_size(text, &bytes) == 0 && bytes > 0;
}

// DIR[:SIZE]
static int set_tmpfs(void *p, const char *value)
{
    struct view_mount *mount = add_mount(p);
    const char *colon = strrchr(value, ':');

    if (mount == NULL)
        return -1;
    mount->kind = VIEW_TMPFS;
    mount->target = value;
    if (colon == NULL || strchr(colon, '/') != NULL)
        return 0;
    if (!is_tmpfs_size(colon + 1))
        return failed(0, "--tmpfs: not a size, as 64M or 10%%: %s", colon + 1);
    mount->size = colon + 1;
    mount->target = str_ndup(value, (size_t)(colon - value));
    return mount->target == NULL ? -1 : 0;
}

static const struct opt options[] = {
    { 'b', "background", NULL,
      "mount for all to see and return (default where possible)",
      OPT_FLAG(struct args, background) },
    { 0, "bind", "SRC:DST[:ro]", "for a command: show SRC at DST too",
      OPT_CALL(set_bind) },
    { 0, "cache", "SIZE", "memory for decompressed data (default: as there is)",
      OPT_SIZE(struct args, plan.cache) },
    { 'f', "foreground", NULL, "mount for all to see and stay to serve",
      OPT_FLAG(struct args, foreground) },
    { 0, "json", NULL, "with --list or --stats: print JSON",
      OPT_FLAG(struct args, json) },
    { 'k', "kernel", NULL, "let the kernel read the image (root only)",
      OPT_FLAG(struct args, plan.kernel) },
    { 'l', "list", NULL, "list the images that are mounted",
      OPT_FLAG(struct args, list) },
    { 0, "no-share", NULL, "do not share images with other ranks of the step",
      OPT_FLAG(struct args, alone) },
    { 'o', "offset", "N", "the image begins N bytes into its file",
      OPT_SIZE(struct args, plan.offset) },
    { 0, "prefetch", "FILE",
      "fetch what FILE lists before it is asked for; auto: by the image's list",
      OPT_CALL(set_prefetch) },
    { 0, "record", "FILE",
      "write to FILE which files of the image are read, in that order",
      OPT_CALL(set_record) },
    { 0, "stats", NULL,
      "print what the server of the image at DIR has done, or those in the "
      "container of a process",
      OPT_FLAG(struct args, statistics) },
    { 0, "threads", "N", "serve by at most N threads", OPT_CALL(set_threads) },
    { 0, "without", "FEATURE,...", NULL, OPT_CALL(set_without) },
    { 0, "tmpfs", "DIR[:SIZE]", "for a command: a new tmpfs at DIR",
      OPT_CALL(set_tmpfs) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE [DIR] | IMAGE:DIR... [-- COMMAND [ARG...]]",
    .about = "Mount a SquashFS image at DIR, for COMMAND or for all to see.",
    .table = options,
    .in_order = 1, // mounts are made as they are given: see parse()
};

static int mount_for_all(const struct args *args)
{
    if (args->pairs || args->plan.image == NULL || args->mount_count > 1)
        return failed(0, "more than an IMAGE and a DIR is for a command: add "
                         "-- COMMAND");
    if (args->plan.dir == NULL)
        return failed(0, "DIR not specified: where should all see the image?");
    if (args->foreground)
        return mounting_foreground(&args->plan);
    return mounting_background(&args->plan);
}

// Without a command, nobody said for whom.
static bool is_for_command(const struct args *args)
{
    if (args->command != NULL)
        return true;
    return !args->list && !args->statistics && !args->background &&
           !args->foreground && !args->plan.kernel && mounting_is_private();
}

static int check_statistics(const struct args *args)
{
    if (args->pairs || args->operands > 1 || args->mount_count > 1 ||
        args->command != NULL)
        return failed(0, "--stats takes one DIR, or the id of a process");
    return 0;
}

// What of the options can't be about several images; NULL: nothing.
static const char *single_option(const struct args *args)
{
    const char *prefetch = args->plan.prefetch;

    if (args->plan.record != NULL)
        return "--record";
    if (prefetch != NULL && strcmp(prefetch, FETCH_AUTO) != 0)
        return "--prefetch";
    return args->plan.offset != 0 ? "--offset" : NULL;
}

static int check(const struct args *args)
{
    if (args->list && (args->operands > 0 || args->command != NULL))
        return failed(0, "--list takes no IMAGE");
    if (args->list && args->statistics)
        return failed(0, "--stats incompatible with --list");
    if (args->list)
        return 0;
    if (args->statistics)
        return check_statistics(args);
    if (args->json)
        return failed(0, "--json is a form of --list and --stats");
    if (args->operands == 0 && args->mount_count == 0)
        return failed(0, "IMAGE not specified; see --help");
    if (args->pairs && args->mount_count > 1 && single_option(args) != NULL)
        return failed(0, "%s is for a single IMAGE", single_option(args));
    if (args->plan.kernel && args->plan.record != NULL)
        return failed(0, "--kernel incompatible with --record: the kernel does "
                         "not tell what it reads");
    if (args->background && args->foreground)
        return failed(0, "--background incompatible with --foreground");
    if (args->command != NULL && (args->background || args->foreground))
        return failed(0, "a command has the mount for itself: leave out "
                         "--background and --foreground");
    if (args->foreground && args->plan.kernel)
        return failed(0, "--kernel incompatible with --foreground: there is "
                         "nothing to serve");
    return 0;
}

// The command is cut off first, as what is in front of it decides what its
// words are: with one operand there, it is the image.
static char **cut_command(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++)
        if (strcmp(argv[i], "--") == 0) {
            *argc = i;
            return argv + i + 1;
        }
    return NULL;
}

// IMAGE, DIR, or IMAGE:DIR: the first one tells.
static int add_operand(struct args *args, const char *word)
{
    struct view_mount *mount;
    const char *target;
    char *source;
    int split = 0;

    if (args->operands == 0 || args->pairs)
        split = view_split(word, &source, &target);
    if (split < 0)
        return -1;
    if (split == 0 && args->pairs)
        return failed(0, "not IMAGE:DIR: %s (a command comes after --)", word);
    args->pairs = split > 0;
    if (++args->operands > 2 && !args->pairs)
        return failed(0, "more than IMAGE and DIR; a command comes after --");
    if (args->operands == 2 && !args->pairs) {
        args->plan.dir = word;
        return 0;
    }
    if (!args->pairs)
        args->plan.image = word;
    mount = add_mount(args);
    if (mount == NULL)
        return -1;
    mount->kind = VIEW_IMAGE;
    mount->source = args->pairs ? source : word;
    mount->target = args->pairs ? target : NULL;
    mount->is_there = !args->pairs;
    return args->pairs ? cut_mode(mount) : 0;
}

// Operand by operand, and the options in front of each.
static int parse(struct args *args, int argc, char **argv)
{
    for (;;) {
        int first = opt_parse(&spec, argc, argv, args);

        if (first < 0 || first == argc)
            return first;
        if (add_operand(args, argv[first]) < 0)
            return -1;
        argc -= first;
        argv += first;
    }
}

static int mount_for_command(struct args *args)
{
    bool has_words = args->command != NULL && args->command[0] != NULL;
    struct view view = { .mounts = args->mounts,
                         .count = args->mount_count,
                         .how = args->plan,
                         .alone = args->alone };

    for (size_t i = 0; i < args->mount_count; i++)
        if (args->mounts[i].target == NULL)
            args->mounts[i].target =
                args->plan.dir != NULL ? args->plan.dir : MOUNTING_DIR;
    return view_enter(&view, has_words ? args->command : NULL);
}

static int run(struct args *args, int argc, char **argv)
{
    int parsed = parse(args, argc, argv);

    if (parsed == OPT_ANSWERED)
        return 0;
    if (parsed < 0 || check(args) < 0)
        return -1;
    log_level_set(LOG_WARN + args->verbosity);
    if (args->list)
        return mount_list(args->json);
    if (args->statistics)
        return mount_statistics(args->plan.image, args->json);
    return is_for_command(args) ? mount_for_command(args) : mount_for_all(args);
}

int ch_mount_main(int argc, char **argv)
{
    struct args args = { .command = cut_command(&argc, argv) };
    int status;

    status = run(&args, argc, argv);
    // where a command's own status is expected, ours must be another
    if (status < 0 && is_for_command(&args) && err_exit_code() != EXIT_EXEC)
        failed_with(EXIT_RUN);
    return status;
}
