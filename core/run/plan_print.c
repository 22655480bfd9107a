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

static const char *const fuse_uses[] = {
    [FUSE_PREFER] = "prefer",
    [FUSE_REQUIRE] = "require",
    [FUSE_NEVER] = "never",
};

static const char *const sharings[] = {
    [SHARING_IMAGE] = "the image, with the other ranks of a job step",
    [SHARING_NONE] = "nothing",
    [SHARING_CONTAINER] = "the container, with peers",
};

static const struct {
    unsigned option;
    const char *name;
} bind_options[] = {
    { BIND_READ_ONLY, "ro" },         { BIND_NO_SETUID, "nosuid" },
    { BIND_NO_DEVICES, "nodev" },     { BIND_NO_PROGRAMS, "noexec" },
    { BIND_SLAVE, "slave" },          { BIND_PRIVATE, "private" },
    { BIND_WITH_BELOW, "recursive" },
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
    if (plan->platform != NULL)
        json_add_string(object, "platform", plan->platform);
}

static void add_root(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "root");

    json_add_bool(object, "writable",
                  plan->write || plan->overlay_size != NULL ||
                      (plan->layer != NULL && !plan->layer_read_only));
    if (plan->overlay_size != NULL)
        json_add_string(object, "memory", plan->overlay_size);
    if (plan->layer != NULL) {
        json_add_string(object, "overlay", plan->layer);
        json_add_bool(object, "overlay_read_only", plan->layer_read_only);
    }
}

static void add_ids(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "ids");

    json_add_number(object, "uid", plan->uid);
    json_add_number(object, "gid", plan->gid);
    json_add_bool(object, "ranges", plan->id_ranges);
}

static void add_bind(struct json *to, const char *source, const char *target,
                     const struct source *one)
{
    struct json *object = json_append_object(to);
    struct json *options;

    json_add_string(object, "source", source);
    json_add_string(object, "target", target);
    json_add_string(object, "need", needs[one != NULL ? one->need : 0]);
    if (one != NULL && one->image != NULL)
        json_add_string(object, "kind", image_kind(one->image));
    if (one == NULL || one->options == 0)
        return;
    options = json_add_array(object, "options");
    for (size_t i = 0; i < sizeof bind_options / sizeof *bind_options; i++)
        if ((one->options & bind_options[i].option) != 0)
            json_append_string(options, bind_options[i].name);
}

static void add_binds(struct json *to, const struct sources *sources)
{
    struct json *array = json_add_array(to, "binds");

    if (sources->users.passwd != NULL) {
        add_bind(array, "(made)", "/etc/passwd", NULL);
        add_bind(array, "(made)", "/etc/group", NULL);
    }
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *one = &sources->items[i];

        add_bind(array, one->path != NULL ? one->path : "(tmpfs)", one->target,
                 one);
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

static void add_libraries(struct json *to, const struct container *plan)
{
    struct json *array = json_add_array(to, "library_folders");

    for (size_t i = 0; i < plan->library_folder_count; i++)
        json_append_string(array, plan->library_folders[i]);
    array = json_add_array(to, "links");
    for (size_t i = 0; i < plan->link_count; i++)
        json_append_string(array, plan->links[i]);
}

static void add_streams(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "silenced");

    json_add_bool(object, "stdout", plan->no_stdout);
    json_add_bool(object, "stderr", plan->no_stderr);
}

static void add_sharing(struct json *to, const struct peers *peers)
{
    struct json *object = json_add_object(to, "sharing");

    json_add_string(object, "what", sharings[peers->sharing]);
    if (peers->tag != NULL)
        json_add_string(object, "tag", peers->tag);
    if (peers->count != 0)
        json_add_number(object, "count", peers->count);
    if (peers->pid != 0)
        json_add_number(object, "pid", peers->pid);
}

static void add_server(struct json *to, const struct container *plan)
{
    struct json *object = json_add_object(to, "server");

    json_add_string(object, "fuse", fuse_uses[plan->fuse]);
    if (plan->unpack_size != 0)
        json_add_number(object, "unpack_size", (double)plan->unpack_size);
    if (plan->fuse_threads != 0)
        json_add_number(object, "threads", plan->fuse_threads);
    if (plan->fuse_cache != 0)
        json_add_number(object, "cache", (double)plan->fuse_cache);
    if (plan->report != NULL)
        json_add_string(object, "stats", plan->report);
    if (plan->record != NULL)
        json_add_string(object, "record", plan->record);
    if (plan->prefetch != NULL)
        json_add_string(object, "prefetch", plan->prefetch);
}

int plan_print(const struct container *plan, bool as_json)
{
    cleanup_images struct images images = { 0 };
    cleanup_sources struct sources sources = { 0 };
    cleanup_json struct json *all = NULL;
    cleanup_free char *text = NULL;

    if (images_add(&images, image_open(plan)) < 0 ||
        sources_find(plan, &sources, &images) < 0 ||
        users_make_files(plan, &sources.users) < 0)
        return -1;
    all = json_object();
    add_image(all, plan, images.items[0]);
    add_root(all, plan);
    add_ids(all, plan);
    add_binds(all, &sources);
    add_environment(all, plan);
    json_add_bool(all, "root_emulation", plan->root_emulation);
    json_add_bool(all, "self", plan->self != NULL);
    add_libraries(all, plan);
    add_sharing(all, &plan->peers);
    add_streams(all, plan);
    if (images_need_server(&images))
        add_server(all, plan);
    add_command(all, plan);
    text = as_json ? json_text(all, true) : json_table(all);
    printf("%s%s", text, as_json ? "\n" : "");
    return 0;
}
