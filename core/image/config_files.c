// config_files.c - what an image says about how to run it, in files below /ch.
// SPDX-License-Identifier: MIT
#include "core/image/config_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/image/argfile.h"

enum { ENVIRONMENT, ENTRYPOINT, COMMAND, DOCUMENT };

const char *const config_file_paths[CONFIG_FILES] = {
    [ENVIRONMENT] = "ch/environment",
    [ENTRYPOINT] = "ch/entrypoint",
    [COMMAND] = "ch/cmd",
    [DOCUMENT] = "ch/config.json",
};

struct config_reader {
    struct image_reader reader; // first: a reader is cast to this
    struct config_files files;
    struct timespec time; // of all
    size_t next;
};

int config_file_of(const char *path)
{
    for (int i = 0; i < CONFIG_FILES; i++)
        if (strcmp(config_file_paths[i], path) == 0)
            return i;
    return -1;
}

struct config_file *config_files_document(struct config_files *files)
{
    return &files->files[DOCUMENT];
}

// --- from a configuration to files

// ch-run reads lines, and takes single quotes around a value away.
static bool is_line(const char *variable)
{
    const char *equals = strchr(variable, '=');

    return equals != NULL && equals != variable &&
           strchr(variable, '\n') == NULL;
}

static char *add_line(char *at, const char *variable)
{
    const char *value = strchr(variable, '=') + 1;
    const char *quote = value[0] == '\'' && str_ends(value + 1, "'") ? "'" : "";

    at = mempcpy(at, variable, (size_t)(value - variable));
    return stpcpy(stpcpy(stpcpy(stpcpy(at, quote), value), quote), "\n");
}

static int make_lines(const struct strlist *list, struct config_file *file)
{
    size_t room = 1;
    char *at;

    for (size_t i = 0; i < list->count; i++)
        room += strlen(list->items[i]) + strlen("''\n");
    at = file->bytes = malloc(room);
    if (at == NULL)
        return failed(errno, "can't keep the image's environment");
    for (size_t i = 0; i < list->count; i++)
        if (is_line(list->items[i]))
            at = add_line(at, list->items[i]);
    file->size = (size_t)(at - file->bytes);
    return 0;
}

// A tree that says nothing stays one. A platform that is this machine's is told
// by the programs in it.
static bool says_something(const struct json *document)
{
    struct platform own = { 0 };
    const char *architecture = json_get_string(document, "architecture");

    if (json_first(json_get(document, "config")) != NULL)
        return true;
    return architecture != NULL && platform_parse(NULL, &own) == 0 &&
           strcmp(architecture, own.architecture) != 0;
}

static int make_arguments(const struct strlist *list, struct config_file *file)
{
    file->bytes = argfile_make(list, &file->size);
    return file->bytes == NULL ? -1 : 0;
}

static void make_document(const struct image_config *config,
                          struct config_file *file)
{
    cleanup_json struct json *document = config_document(config);

    if (!says_something(document))
        return;
    file->bytes = json_text(document, true);
    file->size = strlen(file->bytes);
}

int config_files_make(const struct image_config *config,
                      struct config_files *files)
{
    *files = (struct config_files){ 0 };
    if (config->environment.count > 0 &&
        make_lines(&config->environment, &files->files[ENVIRONMENT]) < 0)
        return -1;
    if (config->entrypoint.count > 0 &&
        make_arguments(&config->entrypoint, &files->files[ENTRYPOINT]) < 0)
        return -1;
    if (config->command.count > 0 &&
        make_arguments(&config->command, &files->files[COMMAND]) < 0)
        return -1;
    if (config->document != NULL)
        make_document(config, &files->files[DOCUMENT]);
    return 0;
}

// --- and back

// As ch-run has it, but that what is no variable is passed over.
static int parse_lines(const struct config_file *file, struct strlist *list)
{
    const char *at = file->bytes, *end = file->bytes + file->size;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        cleanup_free char *line = str_ndup(at, length);
        char *value = line != NULL ? strchr(line, '=') : NULL;

        if (line == NULL)
            return -1;
        at += length + 1;
        if (value == NULL || value == line)
            continue;
        value++;
        length = strlen(value);
        if (length >= 2 && value[0] == '\'' && value[length - 1] == '\'') {
            memmove(value, value + 1, length - 2);
            value[length - 2] = '\0';
        }
        if (strlist_add(list, line) < 0)
            return -1;
    }
    return 0;
}

static int parse_arguments(const struct config_file *file, const char *path,
                           struct strlist *list)
{
    return file->size == 0 ? 0
                           : argfile_parse(path, file->bytes, file->size, list);
}

static bool same(const struct config_file *a, const struct config_file *b)
{
    return a->size == b->size &&
           (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

static int parse_document(const struct config_file *file,
                          struct image_config *config)
{
    cleanup_json struct json *json = NULL;

    if (file->size == 0)
        return 0;
    json = json_parse("/ch/config.json", file->bytes, file->size);
    return json == NULL ? -1 : config_parse(json, config);
}

// Of lists that are what the document says already, the document's are better:
// there are variables of several lines in it.
static int parse_others(const struct config_files *files,
                        const struct config_files *expected,
                        struct image_config *config)
{
    struct strlist *lists[] = { [ENVIRONMENT] = &config->environment,
                                [ENTRYPOINT] = &config->entrypoint,
                                [COMMAND] = &config->command };

    for (int i = 0; i < DOCUMENT; i++) {
        const struct config_file *file = &files->files[i];
        int status;

        if (same(file, &expected->files[i]))
            continue;
        strlist_free(lists[i]);
        status = i == ENVIRONMENT
                     ? parse_lines(file, lists[i])
                     : parse_arguments(file, config_file_paths[i], lists[i]);
        if (status < 0)
            return -1;
    }
    return 0;
}

int config_files_parse(const struct config_files *files,
                       struct image_config *config)
{
    struct config_files expected = { 0 };
    int status;

    *config = (struct image_config){ 0 };
    status = parse_document(&files->files[DOCUMENT], config);
    if (status == 0)
        status = config_files_make(config, &expected);
    if (status == 0)
        status = parse_others(files, &expected, config);
    config_files_free(&expected);
    return status;
}

void config_files_free(struct config_files *files)
{
    for (int i = 0; i < CONFIG_FILES; i++)
        free(files->files[i].bytes);
    *files = (struct config_files){ 0 };
}

// --- as a stream

static int config_next(struct image_reader *reader, struct image_entry *entry)
{
    struct config_reader *r = (struct config_reader *)reader;

    for (; r->next < CONFIG_FILES; r->next++) {
        const struct config_file *file = &r->files.files[r->next];

        if (file->bytes == NULL)
            continue;
        *entry = (struct image_entry){ .path = config_file_paths[r->next],
                                       .mode = S_IFREG | 0644,
                                       .mtime = r->time,
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
    const struct config_file *file = &r->files.files[r->next - 1];
    struct image_chunk chunk = { file->bytes, file->size, 0 };

    (void)part;
    return sink->put(sink, &chunk);
}

static void config_close(struct image_reader *reader)
{
    struct config_reader *r = (struct config_reader *)reader;

    config_files_free(&r->files);
    free(r);
}

static const struct image_reader_ops config_ops = { config_next, config_data,
                                                    config_close };

static void tell_left_out(const struct image_config *config)
{
    for (size_t i = 0; i < config->environment.count; i++) {
        const char *variable = config->environment.items[i];

        if (strchr(variable, '\n') != NULL && strchr(variable, '=') != NULL)
            log_warn("left out of the image's environment, as it has several "
                     "lines: %.*s",
                     (int)strcspn(variable, "="), variable);
    }
}

struct image_reader *image_read_config(const struct image_config *config)
{
    struct config_reader *r = calloc(1, sizeof *r);

    if (r == NULL) {
        failed(errno, "can't keep the image's configuration");
        return NULL;
    }
    r->reader.ops = &config_ops;
    config_created(config, &r->time.tv_sec);
    tell_left_out(config);
    if (config_files_make(config, &r->files) == 0)
        return &r->reader;
    config_close(&r->reader);
    return NULL;
}
