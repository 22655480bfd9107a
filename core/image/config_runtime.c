// config_runtime.c - what an image says about how to run it, as a bundle's
// config.json says it.
// SPDX-License-Identifier: MIT
#include "core/image/config_runtime.h"

#include <stddef.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/image/image_user.h"

// Annotations by which runtimes act on the host. Labels are whatever the maker
// of the image wrote, and it is not for him to ask for that.
static const char *const not_for_images[] = { "run.oci.", "ch.", "slurm.",
                                              NULL };

static int add_all(struct strlist *list, const struct strlist *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (strlist_add(list, more->items[i]) < 0)
            return -1;
    return 0;
}

static bool is_for_runtimes(const char *label)
{
    for (const char *const *begin = not_for_images; *begin != NULL; begin++)
        if (str_starts(label, *begin))
            return true;
    return false;
}

static int add_labels(struct strlist *annotations, const struct strlist *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        const char *label = labels->items[i];

        // an annotation without a name is an error
        if (label[0] == '=')
            continue;
        if (is_for_runtimes(label))
            log_warn("left out, as it is for runtimes: the image's label %s",
                     label);
        else if (strlist_add(annotations, label) < 0)
            return -1;
    }
    return 0;
}

static bool has_path(const struct strlist *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        if (str_starts(environment->items[i], "PATH="))
            return true;
    return false;
}

static int set_args(struct runtime_config *to, const struct image_config *from)
{
    struct strlist rest = to->args;
    int status;

    to->args = (struct strlist){ 0 };
    status = add_all(&to->args, &from->entrypoint);
    if (status == 0)
        status = add_all(&to->args, rest.count > 0 ? &rest : &from->command);
    strlist_free(&rest);
    if (status == 0 && to->args.count == 0)
        status = strlist_add(&to->args, "sh");
    return status;
}

static void set_user(struct runtime_config *to, const struct image_config *from)
{
    struct image_user user = { 0 };

    if (from->user != NULL &&
        !image_user_find(from->user, from->passwd, from->group, &user))
        log_warn("the image's user is not in its /etc/passwd and /etc/group, "
                 "config.json says root: %s",
                 from->user);
    to->uid = user.uid;
    to->gid = user.gid;
}

int config_runtime(const struct image_config *from, struct runtime_config *to)
{
    if (set_args(to, from) < 0 ||
        add_all(&to->environment, &from->environment) < 0 ||
        add_labels(&to->annotations, &from->labels) < 0)
        return -1;
    set_user(to, from);
    to->directory = from->directory != NULL && from->directory[0] == '/'
                        ? from->directory
                        : "/";
    return has_path(&to->environment)
               ? 0
               : strlist_add(&to->environment, RUNTIME_CONFIG_PATH);
}

void config_runtime_free(struct runtime_config *config)
{
    strlist_free(&config->args);
    strlist_free(&config->environment);
    strlist_free(&config->annotations);
}
