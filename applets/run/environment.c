// environment.c - options of ch-run: the variables of the container.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/run/env.h"

static int add_change(struct args *args, struct env_change change)
{
    struct env_change *more = args_grown(
        args->changes, args->plan.env_change_count, sizeof *args->changes);

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

static int check_length(const char *value)
{
    if (value[0] == '\0')
        return failed(0, "environment options: argument must have non-zero "
                         "length");
    return 0;
}

static int set_env(struct args *args, const char *value, char separator)
{
    if (value == NULL)
        return add_change(args, (struct env_change){ .action = ENV_INSIDE,
                                                     .file = "/ch/environment",
                                                     .separator = separator });
    if (check_length(value) < 0)
        return -1;
    if (strchr(value, '=') == NULL)
        return add_env_file(args, value, separator);
    return add_change(args,
                      (struct env_change){ .action = ENV_SET, .text = value });
}

int args_set_env(void *p, const char *value)
{
    return set_env(p, value, '\n');
}

int args_set_env0(void *p, const char *value)
{
    return set_env(p, value, '\0');
}

int args_unset_env(void *p, const char *value)
{
    if (check_length(value) < 0)
        return -1;
    return add_change(
        p, (struct env_change){ .action = ENV_UNSET, .text = value });
}
