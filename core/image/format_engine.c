// format_engine.c - the formats "podman" and "docker": images that these
// programs keep, asked for by their own "save" and brought to their "load".
//
// How they keep them is their own affair, and may be another machine's.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <errno.h>

#include "core/base/err.h"
#include "core/base/program.h"
#include "core/image/layout_read.h"

static struct program *start(const char *const *argv, bool gives)
{
    struct program *program = program_start(argv, gives);

    if (program == NULL && err_num() == ENOENT)
        failed(0,
               "there is no %s here; where there is, \"%s save\" makes an "
               "archive that can be given instead, and \"%s load\" takes one "
               "of format docker-archive",
               argv[0], argv[0], argv[0]);
    return program;
}

// The archive is all there before it is read, since layers are wanted newest
// first: so it is known whether the program was content.
static struct blobs *save(const char *const *argv)
{
    struct program *program = start(argv, true);
    struct blobs *blobs;
    bool other = false;

    if (program == NULL)
        return NULL;
    blobs = blobs_open_archive(program_fd(program), &other);
    // what it says itself is more to the point than that an archive is damaged
    if (program_finish(program) < 0)
        blobs_close(&blobs);
    else if (other)
        failed(0, "%s %s gave no archive of layers", argv[0], argv[1]);
    program_close(program);
    return blobs;
}

static struct image_reader *read_saved(const char *const *argv,
                                       const struct format_input *input)
{
    struct image_choice choice = { .platform = input->platform };
    struct blobs *blobs = save(argv);

    return blobs == NULL ? NULL : image_read_layout(blobs, &choice, NULL);
}

static struct image_reader *read_podman(const struct format_input *input)
{
    const char *const argv[] = { "podman",         "save",
                                 "--quiet",        "--format",
                                 "docker-archive", "--",
                                 input->path,      NULL };

    return read_saved(argv, input);
}

static struct image_reader *read_docker(const struct format_input *input)
{
    const char *const argv[] = { "docker", "save", "--", input->path, NULL };

    return read_saved(argv, input);
}

const struct image_format format_podman = {
    .names = { "podman", "containers-storage" },
    .elsewhere = true,
    .configured = true,
    .read = read_podman,
};

const struct image_format format_docker = {
    .names = { "docker", "docker-daemon" },
    .elsewhere = true,
    .configured = true,
    .read = read_docker,
};
