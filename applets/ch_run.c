// ch_run.c - ch-run: run a command in a container.
//
// Option by option compatible with Charliecloud's ch-run(1).
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/str.h"
#include "core/run/container.h"
#include "core/run/launch.h"

#define OVERLAY_DEFAULT "12%"   // of memory, for --write-fake
#define ENV_FILE_MAX (16 << 20) // bytes of a file of variables
#define VERBOSITY_MAX 3         // how often -v counts

struct args {
    struct container plan;
    struct bind *binds; // plan.binds, while it grows
    struct env_change *changes;
    bool no_expand;
    int verbosity;
    bool quiet;
};

// Room for one more element of an array that "count" elements fill.
static void *grown(void *array, size_t count, size_t size)
{
    void *more = reallocarray(array, count + 1, size);

    if (more == NULL)
        failed(errno, "can't store the command line");
    return more;
}

static int add_bind(void *p, const char *value)
{
    struct args *args = p;
    const char *colon = strchr(value, ':');
    struct bind *more =
        grown(args->binds, args->plan.bind_count, sizeof *args->binds);
    char *source;

    if (more == NULL)
        return -1;
    args->plan.binds = args->binds = more;
    source = colon ? str_ndup(value, (size_t)(colon - value)) : str_dup(value);
    if (source == NULL)
        return -1;
    more += args->plan.bind_count++;
    *more = (struct bind){ source, colon ? colon + 1 : source, BIND_REQUIRED };
    if (source[0] == '\0')
        return failed(0, "--bind: no source provided");
    if (more->target[0] == '\0')
        return failed(0, "--bind: no destination provided");
    if (strcmp(more->target, "/") == 0)
        return failed(0, "--bind: destination can't be /");
    if (more->target[0] != '/')
        return failed(0, "--bind: destination must be absolute");
    return 0;
}

static int add_change(struct args *args, struct env_change change)
{
    struct env_change *more = grown(args->changes, args->plan.env_change_count,
                                    sizeof *args->changes);

    if (more == NULL)
        return -1;
    change.expand = !args->no_expand;
    more[args->plan.env_change_count++] = change;
    args->plan.env_changes = args->changes = more;
    return 0;
}

// A file of the host is read now; what is not there is taken for one in the
// container, as the files of a SquashFS image have no path on the host.
static int add_env_file(struct args *args, const char *path, char separator)
{
    struct env_change change = { .action = ENV_FILE,
                                 .file = path,
                                 .separator = separator };

    change.text = fs_read(AT_FDCWD, path, ENV_FILE_MAX, &change.size);
    if (change.text != NULL)
        return add_change(args, change);
    if (err_num() != ENOENT)
        return -1;
    err_clear();
    change.action = ENV_INSIDE;
    return add_change(args, change);
}

static int set_env(struct args *args, const char *value, char separator)
{
    if (value == NULL)
        return add_change(args, (struct env_change){ .action = ENV_INSIDE,
                                                     .file = "/ch/environment",
                                                     .separator = separator });
    if (strchr(value, '=') == NULL)
        return add_env_file(args, value, separator);
    return add_change(args,
                      (struct env_change){ .action = ENV_SET, .text = value });
}

static int add_set_env(void *p, const char *value)
{
    return set_env(p, value, '\n');
}

static int add_set_env0(void *p, const char *value)
{
    return set_env(p, value, '\0');
}

static int add_unset_env(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "--unset-env: GLOB must have non-zero length");
    return add_change(
        p, (struct env_change){ .action = ENV_UNSET, .text = value });
}

static int set_id(const char *option, const char *value, unsigned *id)
{
    uint64_t n;

    if (value[0] == '-')
        return failed(0, "%s: must be non-negative", option);
    if (str_to_u64(value, &n) < 0)
        return failed(0, "%s: not a number: %s", option, value);
    if (n > INT_MAX)
        return failed(0, "%s: out of range: %s", option, value);
    *id = (unsigned)n;
    return 0;
}

static int set_uid(void *p, const char *value)
{
    return set_id("--uid", value, &((struct args *)p)->plan.uid);
}

static int set_gid(void *p, const char *value)
{
    return set_id("--gid", value, &((struct args *)p)->plan.gid);
}

static int set_mount_point(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "mount point can't be empty string");
    ((struct args *)p)->plan.mount_point = value;
    return 0;
}

static int set_home(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (getenv("HOME") == NULL)
        return failed(0, "--home failed: $HOME not set");
    args->plan.home = HOME_HOST;
    if (args->plan.overlay_size == NULL)
        args->plan.overlay_size = OVERLAY_DEFAULT;
    return 0;
}

static int set_verbose(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->quiet)
        return failed(0, "--verbose incompatible with --quiet");
    if (++args->verbosity > VERBOSITY_MAX)
        return failed(0, "--verbose can be specified at most thrice");
    log_level_set(LOG_WARN + args->verbosity);
    return 0;
}

static int set_quiet(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->verbosity > 0)
        return failed(0, "--quiet incompatible with --verbose");
    args->quiet = true;
    log_level_set(LOG_ERROR);
    return 0;
}

static const struct opt options[] = {
    { 'b', "bind", "SRC[:DST]", "mount SRC at guest DST (default: same as SRC)",
      OPT_CALL(add_bind) },
    { 'c', "cd", "DIR", "initial working directory in container",
      OPT_STR(struct args, plan.directory) },
    { 0, "env-no-expand", NULL, "don't expand $ in --set-env input",
      OPT_FLAG(struct args, no_expand) },
    { 'g', "gid", "GID", "run as GID within container", OPT_CALL(set_gid) },
    { 0, "home", NULL, "mount host $HOME at guest /home/$USER (implies -W)",
      OPT_CALL(set_home) },
    { 'm', "mount", "DIR", "SquashFS mount point (default: none needed)",
      OPT_CALL(set_mount_point) },
    { 0, "no-passwd", NULL, "don't bind-mount /etc/{passwd,group}",
      OPT_FLAG(struct args, plan.image_users) },
    { 't', "private-tmp", NULL, "use container-private /tmp",
      OPT_FLAG(struct args, plan.private_tmp) },
    { 'q', "quiet", NULL, "print less output", OPT_CALL(set_quiet) },
    { 0, "set-env", "[ARG]",
      "set environment variables: NAME=VALUE, or a file of such lines "
      "(default: the image's /ch/environment)",
      OPT_CALL(add_set_env) },
    { 0, "set-env0", "[ARG]", "the same with NUL instead of newline",
      OPT_CALL(add_set_env0) },
    { 'u', "uid", "UID", "run as UID within container", OPT_CALL(set_uid) },
    { 0, "unset-env", "GLOB", "unset environment variables that match",
      OPT_CALL(add_unset_env) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_CALL(set_verbose) },
    { 'w', "write", NULL, "mount image read-write (avoid)",
      OPT_FLAG(struct args, plan.write) },
    { 'W', "write-fake", "[SIZE]",
      "overlay read-write tmpfs on top of image (default size: " OVERLAY_DEFAULT
      ")",
      OPT_STR(struct args, plan.overlay_size), .fallback = OVERLAY_DEFAULT },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE -- COMMAND [ARG...]",
    .about = "Run COMMAND in a container made from IMAGE, a directory or a "
             "SquashFS file.",
    .table = options,
    .in_order = 2, // what follows COMMAND is its own
};

static int run(int argc, char **argv)
{
    struct args args = { 0 };
    int first;

    container_defaults(&args.plan);
    first = opt_parse(&spec, argc, argv, &args);
    if (first == -2)
        return 0;
    if (first < 0)
        return -1;
    if (argc - first < 2)
        return failed(0, "IMAGE and/or COMMAND not specified; see --help");
    if (args.plan.write && args.plan.overlay_size != NULL)
        return failed(0, "--write and --write-fake%s exclude each other",
                      args.plan.home == HOME_HOST ? " (implied by --home)"
                                                  : "");
    args.plan.image = argv[first];
    args.plan.argv = argv + first + 1;
    return launch(&args.plan);
}

int ch_run_main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (status < 0 && err_exit_code() != EXIT_EXEC)
        failed_with(EXIT_RUN);
    return status;
}
