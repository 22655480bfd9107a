// config.c - what an image says about how to run it.
// SPDX-License-Identifier: MIT
#include "core/image/config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

// What of a configuration is not about layers.
static const char *const kept[] = { "created",    "author", "architecture",
                                    "variant",    "os",     "os.version",
                                    "os.features" };

// Append the strings of an array, which may be missing.
static int parse_list(const struct json *json, const char *key,
                      struct strlist *list)
{
    const struct json *array = json_get(json, key);
    const struct json *item = json_first(array);
    bool good = json_string(array) == NULL && !json_is_object(array);

    for (; item != NULL && good; item = json_next(item)) {
        good = json_string(item) != NULL;
        if (good && strlist_add(list, json_string(item)) < 0)
            return -1;
    }
    return good ? 0
                : failed(0,
                         "the image's configuration: \"%s\" is not a list of "
                         "strings",
                         key);
}

static int parse_labels(const struct json *json, struct strlist *list)
{
    const struct json *labels = json_get(json, "Labels");
    const struct json *item = json_first(labels);

    for (; item != NULL; item = json_next(item)) {
        const char *name = json_key(item);

        if (!json_is_object(labels) || json_string(item) == NULL)
            return failed(0, "the image's configuration: \"Labels\" are not "
                             "strings");
        if (strlist_take(list, str_printf("%s=%s", name, json_string(item))) <
            0)
            return -1;
    }
    return 0;
}

static int parse_string(const struct json *json, const char *key, char **to)
{
    const char *text = json_get_string(json, key);

    if (text == NULL || text[0] == '\0')
        return 0;
    *to = str_dup(text);
    return *to == NULL ? -1 : 0;
}

static struct json *copy_document(const struct json *json)
{
    struct json *copy = json_object();

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (json_get(json, kept[i]) != NULL)
            json_put(copy, kept[i], json_copy(json_get(json, kept[i])));
    if (json_is_object(json_get(json, "config")))
        json_put(copy, "config", json_copy(json_get(json, "config")));
    return copy;
}

int config_parse(const struct json *json, struct image_config *config)
{
    const struct json *inner = json_get(json, "config");

    *config = (struct image_config){ 0 };
    if (parse_list(inner, "Env", &config->environment) < 0 ||
        parse_list(inner, "Entrypoint", &config->entrypoint) < 0 ||
        parse_list(inner, "Cmd", &config->command) < 0 ||
        parse_labels(inner, &config->labels) < 0 ||
        parse_string(inner, "WorkingDir", &config->directory) < 0 ||
        parse_string(inner, "User", &config->user) < 0) {
        config_free(config);
        return -1;
    }
    config->document = copy_document(json);
    return 0;
}

static void put_list(struct json *json, const char *key,
                     const struct strlist *list)
{
    struct json *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_append_string(array, list->items[i]);
    json_remove(json, key);
    if (list->count > 0)
        json_put(json, key, array);
    else
        json_free(array);
}

struct json *config_document(const struct image_config *config)
{
    struct json *document =
        config->document != NULL ? json_copy(config->document) : json_object();
    const struct json *old = json_get(document, "config");
    struct json *inner = old != NULL ? json_copy(old) : json_object();

    put_list(inner, "Env", &config->environment);
    put_list(inner, "Entrypoint", &config->entrypoint);
    put_list(inner, "Cmd", &config->command);
    json_put(document, "config", inner);
    return document;
}

static bool copy_part(const struct json *from, const char *key, char *to,
                      size_t room)
{
    const char *text = json_get_string(from, key);

    if (text == NULL || text[0] == '\0' || strlen(text) >= room)
        return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

bool config_platform(const struct image_config *config,
                     struct platform *platform)
{
    const struct json *document = config->document;

    *platform = (struct platform){ 0 };
    copy_part(document, "variant", platform->variant, sizeof platform->variant);
    return copy_part(document, "os", platform->os, sizeof platform->os) &&
           copy_part(document, "architecture", platform->architecture,
                     sizeof platform->architecture);
}

// By RFC 3339, as image-spec wants it: "2015-10-31T22:22:56.015925234Z", or
// with the distance from UTC, "+01:00", in the place of "Z".
bool config_created(const struct image_config *config, time_t *time)
{
    const char *text = json_get_string(config->document, "created");
    struct tm tm = { 0 };
    const char *rest =
        text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    int hours, minutes;

    if (rest == NULL)
        return false;
    *time = timegm(&tm);
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (*rest != '+' && *rest != '-')
        return *rest == 'Z';
    if (strlen(rest) != strlen("+01:00") || rest[3] != ':' ||
        strspn(rest + 1, "0123456789:") != strlen(rest + 1))
        return false;
    hours = 10 * (rest[1] - '0') + rest[2] - '0';
    minutes = 10 * (rest[4] - '0') + rest[5] - '0';
    *time -= (time_t)(*rest == '-' ? -60 : 60) * (60 * hours + minutes);
    return true;
}

void config_free(struct image_config *config)
{
    strlist_free(&config->environment);
    strlist_free(&config->entrypoint);
    strlist_free(&config->command);
    strlist_free(&config->labels);
    free(config->directory);
    free(config->user);
    free(config->passwd);
    free(config->group);
    json_free(config->document);
    *config = (struct image_config){ 0 };
}
