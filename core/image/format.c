// format.c - the table of image formats, and which of them is meant.
//
// A new format is a row, and a file that has it.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/glob.h"
#include "core/base/scope.h"
#include "core/image/codec.h"
#include "core/image/spool.h"
#include "core/image/stored.h"

// In the order in which they are tried, by content and by globs. What comes
// through a pipe is of the first that can, if nothing else is said.
static const struct image_format *const formats[] = {
    &format_squash,         &format_sif,    &format_oci_archive,
    &format_docker_archive, &format_tar,    &format_oci,
    &format_bundle,         &format_dir,    &format_ch_image,
    &format_podman,         &format_docker, NULL,
};

static const struct image_format *const of_pipes = &format_tar;

static bool is_pipe(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool has_name(const struct image_format *format, const char *name,
                     size_t length)
{
    for (const char *const *own = format->names; *own != NULL; own++)
        if (strlen(*own) == length && memcmp(*own, name, length) == 0)
            return true;
    return false;
}

static const struct image_format *find_name(const char *name, size_t length)
{
    for (const struct image_format *const *f = formats; *f != NULL; f++)
        if (has_name(*f, name, length))
            return *f;
    return NULL;
}

static const struct image_format *find_glob(const char *path, bool directory)
{
    for (const struct image_format *const *f = formats; *f != NULL; f++)
        for (const char *const *glob = (*f)->globs;
             (*f)->directory == directory && *glob != NULL; glob++)
            if (glob_matches(*glob, path))
                return *f;
    return NULL;
}

static bool is_of(const struct image_format *format, int fd, bool directory)
{
    if (format->directory != directory)
        return false;
    return format->holds != NULL ? format->holds(fd) : directory;
}

// What is there, to be looked at; of standard input, if it is a pipe, what
// comes first. A FIFO by its name would make us wait. -1 if there is nothing.
static int open_content(const char *path, bool *directory)
{
    struct stat st;

    if (is_pipe(path))
        path = "/proc/self/fd/0";
    if (stat(path, &st) < 0)
        return -1;
    *directory = S_ISDIR(st.st_mode);
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        return open(path, O_RDONLY | O_CLOEXEC);
    return strcmp(path, "/proc/self/fd/0") == 0 ? spool_peek(STDIN_FILENO) : -1;
}

static const struct image_format *find_content(const char *path)
{
    bool directory = false;
    cleanup_close int fd = open_content(path, &directory);

    for (const struct image_format *const *f = formats; *f != NULL && fd >= 0;
         f++)
        if (is_of(*f, fd, directory))
            return *f;
    return NULL;
}

static bool exists(const char *path)
{
    return is_pipe(path) || access(path, F_OK) == 0;
}

// What does not exist may be "PATH:TAG", and a tag may be "example.org/a:1": it
// begins behind the first path that exists, or behind the first colon. 0, or -1
// after failed().
static int split_tag(struct format_place *place)
{
    char *first = strchr(place->path, ':'), *colon;

    if (first == NULL || exists(place->path))
        return 0;
    for (colon = first; colon != NULL; colon = strchr(colon + 1, ':')) {
        *colon = '\0';
        if (exists(place->path))
            break;
        *colon = ':';
    }
    if (colon == NULL)
        colon = first;
    *colon = '\0';
    if (colon[1] == '\0')
        return failed(0, "an empty tag: \"%s:\"", place->path);
    place->tag = str_dup(colon + 1);
    return place->tag == NULL ? -1 : 0;
}

// A file that has a name in the storage is what it holds.
static int set_name(struct format_place *place, const char *name, bool is_input)
{
    const struct image_format *file;

    if (name[0] == '\0')
        return failed(0, "the name of the image is empty");
    place->path = place->format->locate(place->storage, name);
    if (place->path == NULL)
        return -1;
    file = is_input ? find_content(place->path) : NULL;
    if (file != NULL && !file->directory)
        place->format = file;
    return 0;
}

static int set_path(struct format_place *place, const char *path, bool is_input)
{
    if (place->format->locate != NULL)
        return set_name(place, path, is_input);
    place->path = str_dup(path);
    if (place->path == NULL)
        return -1;
    return place->format->tags ? split_tag(place) : 0;
}

// A name of a format that has names: does it say where an image is, or of an
// output, could be? As ch-run takes them, but without the risk to take a
// misspelt path for one where there is no such storage.
static const struct image_format *find_stored(const struct format_place *place,
                                              const char *name, bool is_input)
{
    const struct image_format *format = &format_ch_image;
    cleanup_free char *path = NULL;

    if (!stored_may_be(name))
        return NULL;
    path = format->locate(place->storage, name);
    if (path == NULL)
        err_clear();
    if (path == NULL ||
        (is_input ? access(path, F_OK) < 0 : format->prepare(path, true) <= 0))
        return NULL;
    return format;
}

// Of a path that does not exist: an image of layers and a tag.
static const struct image_format *find_tagged(const char *operand)
{
    struct format_place place = { .path = str_dup(operand) };
    const struct image_format *format = NULL;

    if (place.path != NULL && split_tag(&place) == 0 && place.tag != NULL)
        format = find_content(place.path);
    format_place_free(&place);
    err_clear();
    return format != NULL && format->tags ? format : NULL;
}

// What an input is called does not matter, as "docker save" is told to make
// "image.tar".
static const struct image_format *find_input(const char *operand)
{
    const struct image_format *format = find_content(operand);

    if (format == NULL && is_pipe(operand))
        format = of_pipes;
    if (format == NULL && access(operand, F_OK) < 0)
        format = find_tagged(operand);
    if (format == NULL)
        format = find_glob(operand, false);
    return format != NULL ? format : find_glob(operand, true);
}

static const struct image_format *find_output(const char *operand)
{
    const struct image_format *format =
        is_pipe(operand) ? of_pipes : find_glob(operand, false);

    if (format == NULL)
        format = find_content(operand);
    return format != NULL ? format : find_glob(operand, true);
}

// "docker://debian" and the like, as skopeo and apptainer take them.
static int refuse_remote(const char *operand, bool is_input)
{
    return is_input ? failed(0,
                             "nothing is fetched from elsewhere: %s (skopeo, "
                             "podman or apptainer do it, as in \"skopeo copy "
                             "docker://debian oci:DIR\")",
                             operand)
                    : failed(0,
                             "nothing is sent elsewhere: %s (skopeo does it, "
                             "as in \"skopeo copy oci:DIR docker://...\")",
                             operand);
}

static int find(const char *operand, bool is_input, struct format_place *place)
{
    size_t length = strcspn(operand, ":");

    if (str_starts(operand + length, "://") && access(operand, F_OK) < 0)
        return refuse_remote(operand, is_input);
    if (operand[length] == ':' && find_name(operand, length) != NULL) {
        place->format = find_name(operand, length);
        return set_path(place, operand + length + 1, is_input);
    }
    place->format = is_input ? find_input(operand) : find_output(operand);
    if (place->format == NULL)
        place->format = find_stored(place, operand, is_input);
    if (place->format != NULL)
        return set_path(place, operand, is_input);
    if (is_input && access(operand, F_OK) < 0)
        return stored_may_be(operand)
                   ? failed(errno,
                            "can't open %s, nor is it in the storage "
                            "(podman:%s asks podman)",
                            operand, operand)
                   : failed(errno, "can't open %s", operand);
    return failed(0,
                  "can't tell the format of %s: give %s, or as a directory "
                  "./%s",
                  operand, is_input ? "--in-fmt" : "--out-fmt", operand);
}

// By its name, which may stand in front of the operand, too: both ways to say
// it at once are no contradiction.
static int find_named(const char *operand, const char *name, bool is_input,
                      struct format_place *place)
{
    size_t length = strcspn(operand, ":");

    place->format = find_name(name, strlen(name));
    if (place->format == NULL)
        return failed(0, "invalid format: %s", name);
    if (operand[length] == ':' && has_name(place->format, operand, length))
        operand += length + 1;
    return set_path(place, operand, is_input);
}

static int check(const struct format_place *place, bool is_input)
{
    const struct image_format *format = place->format;
    const char *name = format->names[0];

    if (place->path[0] == '\0')
        return failed(0, "%s not specified: \"%s:\" is a format",
                      is_input ? "input" : "output", name);
    if (is_pipe(place->path) && !format->pipes)
        return failed(0, "format %s can't come through a pipe", name);
    if (is_input ? format->read == NULL : format->write == NULL)
        return failed(0, "format %s can't be %s", name,
                      is_input ? "read" : "written");
    return 0;
}

int format_find(const char *operand, const char *name, bool is_input,
                struct format_place *place)
{
    int status;

    *place = (struct format_place){ .storage = place->storage };
    status = name != NULL ? find_named(operand, name, is_input, place)
                          : find(operand, is_input, place);
    return status < 0 ? -1 : check(place, is_input);
}

void format_place_free(struct format_place *place)
{
    free(place->path);
    free(place->tag);
    *place = (struct format_place){ 0 };
}

static int refuse_codec(const char *name, const char *const *allowed)
{
    char list[128] = "";
    char *at = list;

    for (size_t i = 0; allowed[i] != NULL; i++)
        at += snprintf(at, sizeof list - (size_t)(at - list), "%s%s",
                       i == 0                   ? ""
                       : allowed[i + 1] == NULL ? " or "
                                                : ", ",
                       allowed[i]);
    return failed(0, "--compress: the output can have %s, not %s", list, name);
}

const struct codec *format_codec(const struct format_output *output,
                                 const char *const *allowed, const char *usual,
                                 int *level)
{
    const struct codec *codec =
        codec_named(output->codec != NULL ? output->codec : usual);
    size_t i = 0;

    while (codec != NULL && allowed[i] != NULL &&
           strcmp(allowed[i], codec->name) != 0)
        i++;
    if (codec == NULL || allowed[i] == NULL) {
        refuse_codec(output->codec, allowed);
        return NULL;
    }
    *level = output->level >= 0 ? output->level : codec->usual;
    if (*level >= codec->least && *level <= codec->most)
        return codec;
    failed(0, "--compress: %s has levels from %d to %d, not %d", codec->name,
           codec->least, codec->most, *level);
    return NULL;
}
