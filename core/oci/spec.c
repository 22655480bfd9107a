// spec.c - config.json of a bundle: read, and its top level.
// SPDX-License-Identifier: MIT
#include "core/oci/spec.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define FILE_MAX (16 << 20) // bytes, as many as json.h takes

static const struct field root_fields[] = {
    { "path", FIELD_STRING(struct spec, jail.root), .required = true },
    { "readonly", FIELD_BOOL(struct spec, jail.root_read_only) },
    FIELD_END,
};

static const struct field top_fields[] = {
    { "ociVersion", FIELD_STRING(struct spec, version), .required = true },
    { "root", FIELD_HERE(root_fields), FIELD_SETS(struct spec, has_root) },
    { "mounts", FIELD_LIST(struct spec, jail.mounts, jail.mount_count,
                           spec_mount_fields) },
    { "process", FIELD_OBJECT(struct spec, jail.process, spec_process_fields),
      FIELD_SETS(struct spec, has_process) },
    { "hostname", FIELD_STRING(struct spec, jail.hostname) },
    { "domainname", FIELD_STRING(struct spec, jail.domainname) },
    { "hooks", FIELD_HERE(spec_hooks_fields) },
    { "annotations", FIELD_PAIRS(struct spec, annotations, annotation_count) },
    { "linux", FIELD_HERE(spec_linux_fields) },
    FIELD_END,
};

static int read_document(struct spec *spec, const char *name, char *text)
{
    *spec = (struct spec){ .text = text };
    spec->document = json_parse(name, text, strlen(text));
    return spec->document == NULL ? -1 : 0;
}

static bool is_since(const char *version, long minor)
{
    const char *dot = strchr(version, '.'); // spec_check() has seen it

    return strtol(dot + 1, NULL, 10) >= minor;
}

// Of linux.resources.pids.limit, 0 is "a valid limit value" since 1.3; writers
// of older ones had no other way to leave it out.
static void read_zero(struct spec *spec)
{
    struct maybe *pids = &spec->resources.pids;

    if (pids->set && pids->number == 0 && is_since(spec->version, 3))
        pids->number = RESOURCES_NO_FORK;
}

int spec_parse(struct spec *spec, const char *name, char *text)
{
    if (read_document(spec, name, text) < 0)
        return -1;
    if (fields_read(top_fields, name, spec->document, &spec->arena, spec) < 0)
        return -1;
    if (spec_check(spec, name) < 0)
        return -1;
    read_zero(spec);
    return 0;
}

int spec_parse_process(struct spec *spec, const char *name, char *text)
{
    struct jail_process *process = &spec->jail.process;

    if (read_document(spec, name, text) < 0)
        return -1;
    if (fields_read(spec_process_fields, name, spec->document, &spec->arena,
                    process) < 0)
        return -1;
    return spec_check_process(process, name);
}

// A path of the bundle in memory of the spec; NULL after failed().
static const char *in_bundle(struct spec *spec, const char *path)
{
    cleanup_free char *joined =
        path[0] == '/' ? str_dup(path)
                       : str_printf("%s/%s", spec->jail.bundle, path);

    return joined == NULL ? NULL
                          : arena_keep(&spec->arena, fs_realpath(joined));
}

static int find_paths(struct spec *spec, const char *bundle)
{
    spec->jail.bundle = bundle;
    if (!spec->has_root)
        return failed(0, SPEC_FILE ": root: missing");
    spec->jail.root = in_bundle(spec, spec->jail.root);
    return spec->jail.root == NULL ? failed_while(SPEC_FILE ": root.path") : 0;
}

int spec_of_text(struct spec *spec, const char *bundle, char *text)
{
    if (spec_parse(spec, SPEC_FILE, text) < 0)
        return -1;
    return find_paths(spec, bundle);
}

int spec_load(struct spec *spec, const char *bundle, const char *file)
{
    cleanup_free char *path =
        file[0] == '/' ? str_dup(file) : str_printf("%s/%s", bundle, file);
    char *text = NULL;

    *spec = (struct spec){ 0 };
    if (path != NULL)
        text = fs_read_regular(AT_FDCWD, path, FILE_MAX, NULL);
    return text == NULL ? -1 : spec_of_text(spec, bundle, text);
}

void spec_free(struct spec *spec)
{
    if (spec->hook_output > 0)
        close(spec->hook_output);
    if (spec->hook_errors > 0)
        close(spec->hook_errors);
    json_free(spec->document);
    arena_free(&spec->arena);
    free(spec->text);
}

const char *spec_annotation(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->annotation_count; i++)
        if (strcmp(spec->annotations[i].name, name) == 0)
            return spec->annotations[i].value;
    return NULL;
}
