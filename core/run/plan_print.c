// plan_print.c - tell what a plan would do.
// SPDX-License-Identifier: MIT
#include "core/run/plan_print.h"

#include <stdio.h>

#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/run/images.h"
#include "core/run/sources.h"

static const char *const needs[] = {
    [BIND_REQUIRED] = "required",
    [BIND_IF_SOURCE] = "if the host has it",
    [BIND_IF_BOTH] = "if the image has it",
};

static const char *const changes[] = {
    [ENV_SET] = "set",
    [ENV_FILE] = "set by file",
    [ENV_INSIDE] = "set by file of the image",
    [ENV_UNSET] = "unset",
};

static void add_image(struct json *to, const struct container *plan,
                      const struct image *image)
{
    struct json *object = json_add_object(to, "image");

    json_add_string(object, "given", plan->image);
    json_add_string(object, "path", image_path(image));
    json_add_string(object, "kind", image_kind(image));
    if (plan->offset != 0)
        json_add_number(object, "offset", (double)plan->offset);
}

static void add_root(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "root");

    json_add_bool(object, "writable",
                  plan->write || plan->overlay_size != NULL);
    if (plan->overlay_size != NULL)
        json_add_string(object, "memory", plan->overlay_size);
}

static void add_ids(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "ids");

    json_add_number(object, "uid", plan->uid);
    json_add_number(object, "gid", plan->gid);
}

static void add_bind(struct json *to, const char *source, const char *target,
                     const char *need)
{
    struct json *object = json_append_object(to);

    json_add_string(object, "source", source);
    json_add_string(object, "target", target);
    json_add_string(object, "need", need);
}

static void add_binds(struct json *to, const struct sources *sources)
{
    struct json *array = json_add_array(to, "binds");

    if (sources->users.passwd != NULL) {
        add_bind(array, "(made)", "/etc/passwd", needs[BIND_REQUIRED]);
        add_bind(array, "(made)", "/etc/group", needs[BIND_REQUIRED]);
    }
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *one = &sources->items[i];

        add_bind(array, one->path != NULL ? one->path : "(tmpfs)", one->target,
                 one->image != NULL ? "required, as a SquashFS image"
                                    : needs[one->need]);
    }
}

static void add_environment(struct json *to, const struct container *plan)
{
    struct json *array = json_add_array(to, "environment");

    for (size_t i = 0; i < plan->env_change_count; i++) {
        const struct env_change *change = &plan->env_changes[i];
        struct json *object = json_append_object(array);

        json_add_string(object, "change", changes[change->action]);
        json_add_string(object, "value",
                        change->file != NULL ? change->file : change->text);
        if (change->action != ENV_UNSET)
            json_add_bool(object, "expand", change->expand);
    }
}

static void add_command(struct json *to, const struct container *plan)
{
    struct json *array;

    if (plan->directory != NULL)
        json_add_string(to, "directory", plan->directory);
    json_add_bool(to, "image_command", plan->default_command);
    array = json_add_array(to, plan->default_command ? "arguments" : "command");
    for (char *const *word = plan->argv; *word != NULL; word++)
        json_append_string(array, *word);
}

static void add_server(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "server");

    if (plan->fuse_threads != 0)
        json_add_number(object, "threads", plan->fuse_threads);
    if (plan->fuse_cache != 0)
        json_add_number(object, "cache", (double)plan->fuse_cache);
}

int plan_print(const struct container *plan, bool as_json)
{
    cleanup_images struct images images = { 0 };
    cleanup_sources struct sources sources = { 0 };
    cleanup_json struct json *all = NULL;
    cleanup_free char *text = NULL;

    if (images_add(&images, image_open(plan)) < 0 ||
        sources_find(plan, &sources, &images) < 0)
        return -1;
    all = json_object();
    add_image(all, plan, images.items[0]);
    add_root(all, plan);
    add_ids(all, plan);
    add_binds(all, &sources);
    add_environment(all, plan);
    json_add_bool(all, "root_emulation", plan->root_emulation);
    if (images_need_server(&images))
        add_server(all, plan);
    add_command(all, plan);
    text = as_json ? json_text(all, true) : json_table(all);
    printf("%s%s", text, as_json ? "\n" : "");
    return 0;
}
