// cdi_edits.c - what a CDI file says of one kind of device.
//
// The format: github.com/cncf-tags/container-device-interface, SPEC.md. Device
// nodes need nothing, as /dev is the host's. Hooks are programs of the host
// that would change the container's root; they are not run. What NVIDIA's are
// for is done by ourselves or needs no doing.
// SPDX-License-Identifier: MIT
#include "core/run/cdi_edits.h"

#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

struct reading {
    struct injection *injection;
    const char *file; // for messages
};

static int wrong(const struct reading *r, const char *what)
{
    return failed(0, "%s: %s", r->file, what);
}

// The member "key" of an object, an array, in *array; NULL: there is none. 0,
// or -1 after failed().
static int get_array(const struct reading *r, const struct json *object,
                     const char *key, const struct json **array)
{
    *array = json_get(object, key);
    if (*array == NULL || json_is_array(*array))
        return 0;
    return failed(0, "%s: \"%s\" is not an array", r->file, key);
}

static int add_variable(const struct reading *r, const struct json *value)
{
    const char *text = json_string(value);

    if (text == NULL)
        return wrong(r, "\"env\" has something that is not a string");
    if (text[0] == '=' || strchr(text, '=') == NULL)
        return failed(0, "%s: \"env\": not NAME=VALUE: %s", r->file, text);
    return injection_variable(r->injection, text);
}

static bool has_option(const struct json *mount, const char *option)
{
    for (const struct json *o = json_first(json_get(mount, "options"));
         o != NULL; o = json_next(o))
        if (json_string(o) != NULL && strcmp(json_string(o), option) == 0)
            return true;
    return false;
}

// Is it a bind, and not a file system of its own?
static bool is_bind(const struct json *mount)
{
    const char *type = json_get_string(mount, "type");

    if (has_option(mount, "bind") || has_option(mount, "rbind"))
        return true;
    return type == NULL || type[0] == '\0' || strcmp(type, "bind") == 0;
}

static int add_mount(const struct reading *r, const struct json *mount)
{
    const char *source = json_get_string(mount, "hostPath");
    const char *target = json_get_string(mount, "containerPath");

    if (source == NULL || target == NULL)
        return wrong(r, "a mount has no \"hostPath\" or no \"containerPath\"");
    if (source[0] != '/' || target[0] != '/')
        return failed(0, "%s: a mount's path is not absolute: %s", r->file,
                      source[0] != '/' ? source : target);
    if (strspn(target, "/.") == strlen(target))
        return failed(0, "%s: a mount's \"containerPath\" is the root: %s",
                      r->file, target);
    if (!is_bind(mount)) {
        log_warn("%s: ignoring a mount that is not a bind: %s", r->file,
                 target);
        return 0;
    }
    if (access(source, F_OK) < 0)
        return failed(0,
                      "%s: this host has no %s (if the file is out of date, "
                      "make it anew: nvidia-ctk cdi generate --format=json)",
                      r->file, source);
    // of the other options, the user namespace sees to nosuid and nodev
    return injection_bind(
        r->injection,
        &(struct bind){ source, target, BIND_REQUIRED,
                        has_option(mount, "ro") ? BIND_READ_ONLY : 0 });
}

// The value of an option that is given as "--NAME VALUE" or "--NAME=VALUE" at
// *argument, which is moved to it; NULL: it is another, or has no value.
static const char *option_value(const struct json **argument, const char *name)
{
    const char *word = json_string(*argument);
    size_t length = strlen(name);

    if (word == NULL || strncmp(word, name, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    if (word[length] != '\0' || json_next(*argument) == NULL)
        return NULL;
    *argument = json_next(*argument);
    return json_string(*argument);
}

static int take_folders(const struct reading *r, const struct json *argument)
{
    for (; argument != NULL; argument = json_next(argument)) {
        const char *word = json_string(argument);
        const char *folder = option_value(&argument, "--folder");

        if (word == NULL || !str_starts(word, "--folder"))
            continue;
        if (folder == NULL || folder[0] != '/')
            return wrong(r, "update-ldcache has a --folder that is no "
                            "absolute path");
        if (injection_folder(r->injection, folder) < 0)
            return -1;
    }
    return 0;
}

// TEXT::PATH: PATH is to be a link with this text.
static int take_links(const struct reading *r, const struct json *argument)
{
    for (; argument != NULL; argument = json_next(argument)) {
        const char *link = option_value(&argument, "--link");
        const char *path = link == NULL ? NULL : strstr(link, "::");

        if (link == NULL)
            continue;
        if (path == NULL || path == link || path[2] == '\0')
            log_warn("%s: ignoring a link that is not TARGET::PATH: %s",
                     r->file, link);
        else if (injection_link(r->injection, link) < 0)
            return -1;
    }
    return 0;
}

// The hooks that are known. NULL: nothing is to do. A mode is for devices,
// older libraries come with the image if at all, and sonames are linked with
// the libraries.
static const struct {
    const char *name;
    int (*take)(const struct reading *r, const struct json *argument);
} hooks[] = {
    { "update-ldcache", take_folders },
    { "create-soname-symlinks", NULL },
    { "create-symlinks", take_links },
    { "chmod", NULL },
    { "enable-cuda-compat", NULL },
    { "disable-device-node-modification", NULL },
};

static bool is_program(const char *path, const char *name)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    const char *last = slash != NULL ? slash + 1 : path;

    return last != NULL && strcmp(last, name) == 0;
}

// The word that names the hook: behind "nvidia-ctk hook" or "nvidia-cdi-hook".
static const struct json *hook_word(const struct json *hook)
{
    const char *path = json_get_string(hook, "path");
    const struct json *word = json_first(json_get(hook, "args"));

    if (word != NULL) // the program's own name
        word = json_next(word);
    if (is_program(path, "nvidia-cdi-hook"))
        return word;
    if (is_program(path, "nvidia-ctk") && word != NULL &&
        json_string(word) != NULL && strcmp(json_string(word), "hook") == 0)
        return json_next(word);
    return NULL;
}

static int add_hook(const struct reading *r, const struct json *hook)
{
    const char *path = json_get_string(hook, "path");
    const struct json *word = hook_word(hook);
    const char *name = json_string(word);

    if (path == NULL)
        return wrong(r, "a hook has no \"path\"");
    for (size_t i = 0; name != NULL && i < sizeof hooks / sizeof *hooks; i++) {
        if (strcmp(hooks[i].name, name) != 0)
            continue;
        log_why("%s: hook %s", r->file, name);
        return hooks[i].take == NULL ? 0 : hooks[i].take(r, json_next(word));
    }
    log_warn("%s: ignoring an unknown hook: %s%s%s", r->file, path,
             name != NULL ? " " : "", name != NULL ? name : "");
    return 0;
}

static const struct {
    const char *key;
    int (*add)(const struct reading *r, const struct json *member);
} edits_known[] = {
    { "env", add_variable },
    { "mounts", add_mount },
    { "hooks", add_hook },
};

static int add_edits(const struct reading *r, const struct json *edits)
{
    if (edits != NULL && !json_is_object(edits))
        return wrong(r, "\"containerEdits\" is not an object");
    for (size_t i = 0; i < sizeof edits_known / sizeof *edits_known; i++) {
        const struct json *array;

        if (get_array(r, edits, edits_known[i].key, &array) < 0)
            return -1;
        for (const struct json *m = json_first(array); m != NULL;
             m = json_next(m))
            if (edits_known[i].add(r, m) < 0)
                return -1;
    }
    return 0;
}

// Not called that, but of the kind: what names there are, for a message.
static int no_device(const struct reading *r, const struct json *devices,
                     const char *device)
{
    cleanup_free char *names = str_dup("");

    for (const struct json *d = json_first(devices); d != NULL && names != NULL;
         d = json_next(d)) {
        char *longer = str_printf("%s%s%s", names, names[0] ? ", " : "",
                                  json_get_string(d, "name"));

        free(names);
        names = longer;
    }
    return failed(0, "%s: no device has the name %s; there are: %s", r->file,
                  device, names != NULL ? names : "");
}

int cdi_edits(struct injection *injection, const char *file,
              const struct json *spec, const char *device)
{
    struct reading r = { injection, file };
    bool all = device == NULL || strcmp(device, "all") == 0;
    const struct json *devices;
    bool found = all;

    if (get_array(&r, spec, "devices", &devices) < 0 ||
        add_edits(&r, json_get(spec, "containerEdits")) < 0)
        return -1;
    for (const struct json *d = json_first(devices); d != NULL;
         d = json_next(d)) {
        const char *name = json_get_string(d, "name");

        if (name == NULL)
            return wrong(&r, "a device has no \"name\"");
        if (!all && strcmp(name, device) != 0)
            continue;
        found = true;
        if (add_edits(&r, json_get(d, "containerEdits")) < 0)
            return -1;
    }
    return found ? 0 : no_device(&r, devices, device);
}
