// config.c - what an image says about how to run it.
// SPDX-License-Identifier: MIT
#include "core/image/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/log.h"

static const char magic[4] = { 'a', 'n', 'g', 'i' };

struct file {
    const char *path;
    char *bytes;
    size_t size;
};

struct config_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct file files[3];
    size_t next;
};

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
    return 0;
}

void config_free(struct image_config *config)
{
    strlist_free(&config->environment);
    strlist_free(&config->entrypoint);
    strlist_free(&config->command);
    strlist_free(&config->labels);
    free(config->directory);
    free(config->user);
    *config = (struct image_config){ 0 };
}

static size_t total(const struct strlist *list, size_t more)
{
    size_t size = 0;

    for (size_t i = 0; i < list->count; i++)
        size += strlen(list->items[i]) + more;
    return size;
}

// ch-run reads lines, and takes single quotes around a value away.
static bool is_line(const char *variable)
{
    const char *equals = strchr(variable, '=');

    if (equals == NULL || equals == variable)
        return false;
    if (strchr(variable, '\n') == NULL)
        return true;
    log_warn("left out of the image's environment, as it has several lines: "
             "%.*s",
             (int)(equals - variable), variable);
    return false;
}

static char *add_line(char *at, const char *variable)
{
    const char *value = strchr(variable, '=') + 1;
    const char *quote = value[0] == '\'' && str_ends(value + 1, "'") ? "'" : "";

    at = mempcpy(at, variable, (size_t)(value - variable));
    return stpcpy(stpcpy(stpcpy(stpcpy(at, quote), value), quote), "\n");
}

static int make_lines(const struct strlist *list, struct file *file)
{
    char *at = file->bytes = malloc(total(list, strlen("''\n")) + 1);

    if (at == NULL)
        return failed(errno, "can't keep the image's environment");
    for (size_t i = 0; i < list->count; i++)
        if (is_line(list->items[i]))
            at = add_line(at, list->items[i]);
    file->size = (size_t)(at - file->bytes);
    return 0;
}

static int make_arguments(const struct strlist *list, struct file *file)
{
    char *at = file->bytes = malloc(sizeof magic + total(list, 4) + 1);

    if (at == NULL)
        return failed(errno, "can't keep the image's command");
    memcpy(at, magic, sizeof magic);
    at += sizeof magic;
    for (size_t i = 0; i < list->count; i++) {
        size_t length = strlen(list->items[i]);

        for (int shift = 24; shift >= 0; shift -= 8)
            *at++ = (char)(length >> shift);
        memcpy(at, list->items[i], length);
        at += length;
    }
    file->size = (size_t)(at - file->bytes);
    return 0;
}

static int config_next(struct image_reader *reader, struct image_entry *entry)
{
    struct config_reader *r = (struct config_reader *)reader;

    for (; r->next < sizeof r->files / sizeof r->files[0]; r->next++) {
        const struct file *file = &r->files[r->next];

        if (file->bytes == NULL)
            continue;
        *entry = (struct image_entry){ .path = file->path,
                                       .mode = S_IFREG | 0644,
                                       .size = file->size };
        r->next++;
        return 1;
    }
    return 0;
}

static int config_data(struct image_reader *reader,
                       const struct image_part *part, struct image_sink *sink)
{
    const struct config_reader *r = (struct config_reader *)reader;
    const struct file *file = &r->files[r->next - 1];
    struct image_chunk chunk = { file->bytes, file->size, 0 };

    (void)part;
    return sink->put(sink, &chunk);
}

static void config_close(struct image_reader *reader)
{
    struct config_reader *r = (struct config_reader *)reader;

    for (size_t i = 0; i < sizeof r->files / sizeof r->files[0]; i++)
        free(r->files[i].bytes);
    free(r);
}

static const struct image_reader_ops config_ops = { config_next, config_data,
                                                    config_close };

struct image_reader *image_read_config(const struct image_config *config)
{
    struct config_reader *r = calloc(1, sizeof *r);

    if (r == NULL) {
        failed(errno, "can't keep the image's configuration");
        return NULL;
    }
    r->reader.ops = &config_ops;
    r->files[0].path = "ch/environment";
    r->files[1].path = "ch/entrypoint";
    r->files[2].path = "ch/cmd";
    if ((config->environment.count > 0 &&
         make_lines(&config->environment, &r->files[0]) < 0) ||
        (config->entrypoint.count > 0 &&
         make_arguments(&config->entrypoint, &r->files[1]) < 0) ||
        (config->command.count > 0 &&
         make_arguments(&config->command, &r->files[2]) < 0)) {
        config_close(&r->reader);
        return NULL;
    }
    return &r->reader;
}
