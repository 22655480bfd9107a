// cdi.c - devices as the Container Device Interface describes them.
//
// This is the search for files; cdi_edits.c understands one.
// SPDX-License-Identifier: MIT
#include "core/run/cdi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/run/cdi_edits.h"

#define FILE_SIZE_MAX (16 << 20) // bytes; NVIDIA's have about 20 KiB
#define REMEDY                                                             \
    "nvidia-ctk cdi generate --format=json --output=/etc/cdi/nvidia.json " \
    "as root, or with --output=FILE.json, and then --cdi=FILE.json"

struct search {
    struct injection *injection;
    const char *kind;     // without the device; NULL: any
    const char *device;   // NULL: all
    struct strlist kinds; // found in a directory of more precedence, or here
    struct strlist here;  // in this directory
    struct strlist yaml;  // files that may be meant
};

static struct json *read_spec(const char *file)
{
    size_t size;
    cleanup_free char *text = fs_read(AT_FDCWD, file, FILE_SIZE_MAX, &size);
    cleanup_json struct json *spec = NULL;

    if (text == NULL)
        return NULL;
    spec = json_parse(file, text, size);
    if (spec == NULL)
        return NULL;
    if (json_get_string(spec, "cdiVersion") == NULL ||
        json_get_string(spec, "kind") == NULL) {
        failed(0,
               "%s: not a CDI specification: no \"cdiVersion\" or no \"kind\"",
               file);
        return NULL;
    }
    return steal_ptr(&spec);
}

static bool has(const struct strlist *list, const char *s)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], s) == 0)
            return true;
    return false;
}

static int take_file(struct search *s, const char *file)
{
    cleanup_json struct json *spec = read_spec(file);
    const char *kind;

    if (spec == NULL && s->kind != NULL) {
        // it may be about something else
        log_warn("%s", err_text());
        err_clear();
        return 0;
    }
    if (spec == NULL)
        return -1;
    kind = json_get_string(spec, "kind");
    if (s->kind != NULL && strcmp(kind, s->kind) != 0)
        return 0;
    if (has(&s->kinds, kind)) {
        log_why("CDI: not used, as another has precedence: %s", file);
        return 0;
    }
    log_step("CDI: %s: %s", kind, file);
    if (strlist_add(&s->here, kind) < 0)
        return -1;
    return cdi_edits(s->injection, file, spec, s->device);
}

static int take_entry(struct search *s, const char *directory, const char *name)
{
    cleanup_free char *file = str_printf("%s/%s", directory, name);

    if (file == NULL)
        return -1;
    if (str_ends(name, ".json"))
        return take_file(s, file);
    if (str_ends(name, ".yaml") || str_ends(name, ".yml"))
        return strlist_add(&s->yaml, file);
    return 0;
}

static int take_directory(struct search *s, const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, NULL, alphasort);
    int status = 0;

    if (count < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (count < 0)
        return failed(errno, "can't look for CDI files in %s", directory);
    for (int i = 0; i < count; i++) {
        if (status == 0)
            status = take_entry(s, directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    for (size_t i = 0; i < s->here.count && status == 0; i++)
        status = strlist_add(&s->kinds, s->here.items[i]);
    strlist_free(&s->here);
    return status;
}

// The last directory first: it has precedence.
static int take_directories(struct search *s, const char *directories)
{
    cleanup_free char *list = str_dup(directories);
    char *colon;

    if (list == NULL)
        return -1;
    do {
        const char *last = list;

        colon = strrchr(list, ':');
        if (colon != NULL) {
            last = colon + 1;
            *colon = '\0';
        }
        if (last[0] != '\0' && take_directory(s, last) < 0)
            return -1;
    } while (colon != NULL);
    return 0;
}

// In the words of Charliecloud, and what may help.
static int nothing_found(const struct search *s, const char *directories)
{
    const char *what =
        s->kind == NULL ? "resource files" : "matching resources";
    cleanup_free char *text =
        s->kind == NULL ? str_printf("CDI: no %s found: %s", what, directories)
                        : str_printf("CDI: no %s found: %s in %s", what,
                                     s->kind, directories);

    if (text == NULL)
        return -1;
    if (s->yaml.count > 0)
        return failed(0, "%s (%s is YAML, but only JSON is read: %s)", text,
                      s->yaml.items[0], REMEDY);
    if (access("/dev/nvidia0", F_OK) == 0)
        return failed(0, "%s (this node has /dev/nvidia0; make a file by: %s)",
                      text, REMEDY);
    return failed(0, "%s", text);
}

static int search(struct search *s, const char *directories)
{
    if (take_directories(s, directories) < 0)
        return -1;
    if (s->kinds.count == 0)
        return nothing_found(s, directories);
    // of a kind that was asked for and found, no other file is missed
    for (size_t i = 0; i < s->yaml.count && s->kind == NULL; i++)
        log_warn("CDI: ignoring %s, which is YAML; JSON is made by nvidia-ctk "
                 "cdi generate --format=json",
                 s->yaml.items[i]);
    return 0;
}

static int load_file(struct injection *injection, const char *file)
{
    cleanup_json struct json *spec = read_spec(file);

    if (spec == NULL)
        return -1;
    log_step("CDI: %s: %s", json_get_string(spec, "kind"), file);
    return cdi_edits(injection, file, spec, NULL);
}

int cdi_load(struct injection *injection, const char *kind,
             const char *directories)
{
    struct search s = { .injection = injection };
    cleanup_free char *name = NULL;
    char *equals;
    int status;

    if (kind != NULL && str_ends(kind, ".json"))
        return load_file(injection, kind);
    if (kind != NULL) {
        name = str_dup(kind);
        if (name == NULL)
            return -1;
        equals = strchr(name, '=');
        if (equals != NULL)
            *equals = '\0';
        if (name[0] == '\0' || strchr(name, '/') == NULL ||
            (equals != NULL && equals[1] == '\0'))
            return failed(0,
                          "--cdi: neither VENDOR/CLASS[=DEVICE] nor a file "
                          "that ends in .json: %s",
                          kind);
        s.kind = name;
        s.device = equals != NULL ? equals + 1 : NULL;
    }
    status = search(&s, directories);
    strlist_free(&s.kinds);
    strlist_free(&s.here);
    strlist_free(&s.yaml);
    return status;
}
