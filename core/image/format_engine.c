// format_engine.c - the formats "podman" and "docker": images that these
// programs keep, asked for by their own "save" and brought to their "load".
//
// How they keep them is their own affair, and may be another machine's.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/program.h"
#include "core/base/scope.h"
#include "core/image/layout_read.h"

enum {
    ANSWER_MOST = 4096, // bytes
    ANSWER_MS = 60000,  // podman's first start takes seconds
};

// --- save

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

    return blobs == NULL ? NULL : image_read_layout(blobs, &choice, NULL, NULL);
}

// --- load

struct loader {
    struct image_writer writer; // first: a writer is cast to this
    struct image_writer *archive;
    struct program *program;
};

static int loader_put(struct image_writer *writer,
                      const struct image_entry *entry,
                      struct image_reader *reader)
{
    struct loader *loader = (struct loader *)writer;

    return loader->archive->ops->put(loader->archive, entry, reader);
}

// The archive goes to the program when it is complete, and not before: what the
// program says is more to the point than that it does not listen any more.
static int loader_finish(struct image_writer *writer)
{
    struct loader *loader = (struct loader *)writer;
    int status = loader->archive->ops->finish(loader->archive);

    if (status < 0 && err_num() != EPIPE)
        return -1;
    return program_finish(loader->program) < 0 ? -1 : status;
}

static void loader_close(struct image_writer *writer)
{
    struct loader *loader = (struct loader *)writer;

    if (loader->program != NULL)
        program_close(loader->program);
    image_writer_close(&loader->archive);
    free(loader);
}

static const struct image_writer_ops loader_ops = { loader_put, loader_finish,
                                                    loader_close };

static int check_new(const char *engine, const char *name)
{
    const char *const argv[] = { engine,    "image", "inspect", "--format",
                                 "{{.Id}}", "--",    name,      NULL };
    struct helper helper = { argv, STDOUT_FILENO, ANSWER_MOST,
                             helper_deadline(ANSWER_MS) };
    char *text = NULL;
    int status = helper_run(&helper, &text);

    free(text);
    if (status != 0)
        return status < 0 ? -1 : 0;
    return failed(0, "exists, not deleting per --no-clobber: %s:%s", engine,
                  name);
}

static int open_loader(struct loader *loader, const char *engine,
                       const struct format_output *output)
{
    const char *const argv[] = { engine, "load", "--quiet", NULL };
    struct format_output archive = *output;

    if (output->no_clobber && check_new(engine, output->tag) < 0)
        return -1;
    loader->program = start(argv, false);
    if (loader->program == NULL)
        return -1;
    archive.fd = program_fd(loader->program);
    loader->archive = format_write_docker_archive(&archive);
    return loader->archive != NULL ? 0 : -1;
}

static struct image_writer *write_loaded(const char *engine, const char *name,
                                         const struct format_output *output)
{
    struct format_output named = *output;
    struct loader *loader = calloc(1, sizeof *loader);

    if (loader == NULL) {
        failed(errno, "can't write an image");
        return NULL;
    }
    loader->writer.ops = &loader_ops;
    named.tag = name;
    if (open_loader(loader, engine, &named) == 0)
        return &loader->writer;
    loader_close(&loader->writer);
    return NULL;
}

// As podman calls what it makes itself: "foo" is "localhost/foo", or podman
// would take it for one of Docker's registry.
static char *with_host(const char *name)
{
    size_t length = strcspn(name, "/");
    bool has_host =
        name[length] == '/' && (strcspn(name, ".:") < length ||
                                strncmp(name, "localhost/", length + 1) == 0);

    return str_printf("%s%s", has_host ? "" : "localhost/", name);
}

// --- the two

static struct image_reader *read_podman(const struct format_input *input)
{
    const char *const argv[] = { "podman",         "save",
                                 "--quiet",        "--format",
                                 "docker-archive", "--",
                                 input->path,      NULL };

    return read_saved(argv, input);
}

static struct image_writer *write_podman(const struct format_output *output)
{
    cleanup_free char *name = with_host(output->path);

    return name != NULL ? write_loaded("podman", name, output) : NULL;
}

static struct image_reader *read_docker(const struct format_input *input)
{
    const char *const argv[] = { "docker", "save", "--", input->path, NULL };

    return read_saved(argv, input);
}

static struct image_writer *write_docker(const struct format_output *output)
{
    return write_loaded("docker", output->path, output);
}

const struct image_format format_podman = {
    .names = { "podman", "containers-storage" },
    .elsewhere = true,
    .configured = true,
    .read = read_podman,
    .write = write_podman,
};

const struct image_format format_docker = {
    .names = { "docker", "docker-daemon" },
    .elsewhere = true,
    .configured = true,
    .read = read_docker,
    .write = write_docker,
};
