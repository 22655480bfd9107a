// hook_output.c - where hooks write to, if annotations tell.
//
// "run.oci.hooks.stdout" and "run.oci.hooks.stderr" are crun's: files that what
// hooks say is appended to. They are opened before any namespace is entered, so
// that they are the host's for all hooks.
// SPDX-License-Identifier: MIT
#include "core/oci/hook_output.h"

#include <errno.h>
#include <fcntl.h>

#include "core/base/err.h"

#define MODE 0600

// 0: there is none; -1 after failed().
static int open_one(const struct spec *spec, const char *annotation)
{
    const char *path = spec_annotation(spec, annotation);
    int fd;

    if (path == NULL)
        return 0;
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, MODE);
    return fd >= 0 ? fd
                   : failed(errno, "can't open %s of the annotation %s", path,
                            annotation);
}

int hook_output_open(struct spec *spec)
{
    struct jail_hooks *all[] = {
        &spec->prestart,
        &spec->create_runtime,
        &spec->jail.create_hooks,
        &spec->jail.start_hooks,
        &spec->poststart,
        &spec->poststop,
        NULL,
    };

    spec->hook_output = open_one(spec, "run.oci.hooks.stdout");
    spec->hook_errors = open_one(spec, "run.oci.hooks.stderr");
    if (spec->hook_output < 0 || spec->hook_errors < 0)
        return -1;
    for (size_t i = 0; all[i] != NULL; i++) {
        all[i]->output = spec->hook_output;
        all[i]->errors = spec->hook_errors;
    }
    return 0;
}
