// ch_mount.c - ch-mount: mount a SquashFS image, for a command or for all.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "applets/threads.h"
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/scope.h"
#include "core/run/launch.h"
#include "core/run/mounted.h"
#include "core/run/mounting.h"

struct args {
    struct mounting plan;
    char **command;   // what follows "--", NULL: no such thing
    bool for_command; // and not for all
    int verbosity;
    bool background;
    bool foreground;
    bool list;
    bool json;
};

static int set_threads(void *p, const char *value)
{
    return threads_parse(value, &((struct args *)p)->plan.threads);
}

static const struct opt options[] = {
    { 'b', "background", NULL,
      "mount for all to see and return (default where possible)",
      OPT_FLAG(struct args, background) },
    { 0, "cache", "SIZE", "memory for decompressed data (default: 64M)",
      OPT_SIZE(struct args, plan.cache) },
    { 'f', "foreground", NULL, "mount for all to see and stay to serve",
      OPT_FLAG(struct args, foreground) },
    { 0, "json", NULL, "print the list as JSON", OPT_FLAG(struct args, json) },
    { 'k', "kernel", NULL, "let the kernel read the image (root only)",
      OPT_FLAG(struct args, plan.kernel) },
    { 'l', "list", NULL, "list the images that are mounted",
      OPT_FLAG(struct args, list) },
    { 'o', "offset", "N", "the image begins N bytes into its file",
      OPT_SIZE(struct args, plan.offset) },
    { 0, "threads", "N", "serve by at most N threads", OPT_CALL(set_threads) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE [DIR] [-- COMMAND [ARG...]]",
    .about = "Mount a SquashFS image at DIR, for COMMAND or for all to see.",
    .table = options,
};

// Names may hold anything, but a line is a mount.
static void print_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\177' || *c == '\\')
            printf("\\%03o", (unsigned)(unsigned char)*c);
        else
            putchar(*c);
}

static void print_text(const struct mounted_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct mounted *m = &list->items[i];

        print_name(m->image);
        fputs(" on ", stdout);
        print_name(m->dir);
        if (m->server > 0)
            printf(" (server %d)\n", (int)m->server);
        else
            printf(" (%s)\n", m->kernel ? "kernel" : "server not seen");
    }
}

static void print_json(const struct mounted_list *list)
{
    cleanup_json struct json *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct mounted *m = &list->items[i];
        struct json *object = json_append_object(array);

        json_add_string(object, "image", m->image);
        json_add_string(object, "dir", m->dir);
        json_add_string(object, "kind", m->kernel ? "kernel" : "fuse");
        if (m->server > 0)
            json_add_number(object, "server", m->server);
    }
    cleanup_free char *text = json_text(array, true);
    puts(text);
}

static int list_mounts(const struct args *args)
{
    cleanup_mounted struct mounted_list list = { 0 };

    if (mounted_read(&list) < 0)
        return -1;
    if (args->json)
        print_json(&list);
    else
        print_text(&list);
    return 0;
}

static int mount_for_all(const struct args *args)
{
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
    return !args->background && !args->foreground && !args->plan.kernel &&
           mounting_is_private();
}

static int check(const struct args *args, int operands)
{
    if (args->list && (operands > 0 || args->command != NULL))
        return failed(0, "--list takes no IMAGE");
    if (args->list)
        return 0;
    if (args->json)
        return failed(0, "--json is a form of --list");
    if (operands == 0)
        return failed(0, "IMAGE not specified; see --help");
    if (operands > 2)
        return failed(0, "more than IMAGE and DIR; a command comes after --");
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

static int run(struct args *args, int argc, char **argv)
{
    bool has_words = args->command != NULL && args->command[0] != NULL;
    int first = opt_parse(&spec, argc, argv, args);

    if (first == OPT_ANSWERED)
        return 0;
    if (first < 0 || check(args, argc - first) < 0)
        return -1;
    log_level_set(LOG_WARN + args->verbosity);
    if (args->list)
        return list_mounts(args);
    args->plan.image = argv[first];
    args->plan.dir = argc - first > 1 ? argv[first + 1] : NULL;
    args->for_command = is_for_command(args);
    if (!args->for_command)
        return mount_for_all(args);
    if (args->plan.dir == NULL)
        args->plan.dir = MOUNTING_DIR;
    return mounting_private(&args->plan, has_words ? args->command : NULL);
}

int ch_mount_main(int argc, char **argv)
{
    struct args args = { .command = cut_command(&argc, argv) };
    int status;

    args.for_command = args.command != NULL;
    status = run(&args, argc, argv);
    // where a command's own status is expected, ours must be another
    if (status < 0 && args.for_command && err_exit_code() != EXIT_EXEC)
        failed_with(EXIT_RUN);
    return status;
}
