// config_metadata.c - what ch-image notes of how to run an image.
// SPDX-License-Identifier: MIT
#include "core/image/config_metadata.h"

#include <string.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"

static bool is_list(const struct json *json)
{
    const struct json *item = json_first(json);

    if (!json_is_array(json))
        return false;
    while (item != NULL && json_string(item) != NULL)
        item = json_next(item);
    return item == NULL;
}

static bool is_map(const struct json *json)
{
    const struct json *item = json_first(json);

    if (!json_is_object(json))
        return false;
    while (item != NULL && json_string(item) != NULL)
        item = json_next(item);
    return item == NULL;
}

// OCI's configuration has a set of volumes as an object of empty objects.
static void put_volumes(struct json *config, const struct json *volumes)
{
    struct json *set;

    if (!is_list(volumes) || json_first(volumes) == NULL)
        return;
    set = json_add_object(config, "Volumes");
    for (const struct json *item = json_first(volumes); item != NULL;
         item = json_next(item))
        json_put(set, json_string(item), json_object());
}

static void put_string(struct json *to, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_add_string(to, key, text);
}

// What it says where nothing was said is no news.
static const char *directory_of(const struct json *metadata)
{
    const char *directory = json_get_string(metadata, "cwd");

    return directory != NULL && strcmp(directory, "/") != 0 ? directory : NULL;
}

static bool is_usual_shell(const struct json *shell)
{
    const struct json *first = json_first(shell);
    const struct json *second = first != NULL ? json_next(first) : NULL;

    return second != NULL && json_next(second) == NULL &&
           strcmp(json_string(first), "/bin/sh") == 0 &&
           strcmp(json_string(second), "-c") == 0;
}

static struct json *translate(const struct json *metadata)
{
    const struct json *labels = json_get(metadata, "labels");
    const struct json *shell = json_get(metadata, "shell");
    struct json *document = json_object();
    struct json *config = json_add_object(document, "config");

    put_string(config, "WorkingDir", directory_of(metadata));
    if (is_map(labels) && json_first(labels) != NULL)
        json_put(config, "Labels", json_copy(labels));
    if (is_list(shell) && json_first(shell) != NULL && !is_usual_shell(shell))
        json_put(config, "Shell", json_copy(shell));
    put_volumes(config, json_get(metadata, "volumes"));
    put_string(document, "architecture", json_get_string(metadata, "arch"));
    json_add_string(document, "os", "linux");
    return document;
}

void config_of_metadata(const struct config_file *metadata,
                        struct config_file *document)
{
    cleanup_json struct json *json =
        json_parse("/" CONFIG_METADATA, metadata->bytes, metadata->size);
    cleanup_json struct json *made = NULL;

    if (json == NULL || !json_is_object(json)) {
        log_warn("not understood, and passed over: /" CONFIG_METADATA);
        err_clear();
        return;
    }
    made = translate(json);
    document->bytes = json_text(made, true);
    document->size = strlen(document->bytes);
}
