// format.c - the table of image formats.
//
// A new format is a row, and a file for its reader or writer.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/glob.h"
#include "core/base/scope.h"
#include "core/image/codec.h"
#include "core/image/dir_read.h"
#include "core/image/dir_write.h"
#include "core/image/pack.h"
#include "core/image/sif.h"
#include "core/image/squash_read.h"
#include "core/image/squash_write.h"
#include "core/image/tar_read.h"
#include "core/image/tar_write.h"
#include "core/squash/reader.h"

// --- the formats

static struct image_reader *read_dir(const struct format_input *input)
{
    struct dir_read_options options = { .xattrs = input->xattrs,
                                        .exclude = input->exclude };

    return image_read_dir(input->fd, &options);
}

static struct image_writer *write_dir(const struct format_output *output)
{
    struct dir_options options = { .threads = output->threads,
                                   .exact = true,
                                   .owners = output->owners };

    if (output->codec != NULL) {
        failed(0, "a directory can't be compressed (--compress)");
        return NULL;
    }
    return image_write_dir(output->fd, &options);
}

static bool holds_squash(int fd)
{
    return squash_is_image(fd, 0);
}

static struct image_reader *read_squash(const struct format_input *input)
{
    return image_read_squash(input->fd, 0, input->path);
}

static struct image_writer *write_squash(const struct format_output *output)
{
    struct squash_write_options options = { .method = output->codec,
                                            .threads = output->threads,
                                            .has_time = output->has_time,
                                            .time = (uint32_t)output->time };

    if (output->level == 0) {
        failed(0, "--compress: a SquashFS image has no level 0");
        return NULL;
    }
    options.level = output->level > 0 ? output->level : 0;
    return image_write_squash(output->fd, &options);
}

static struct image_reader *read_sif(const struct format_input *input)
{
    uint64_t offset;

    if (sif_find(input->fd, input->path, &offset) < 0)
        return NULL;
    return image_read_squash(input->fd, offset, input->path);
}

static struct image_reader *read_tar(const struct format_input *input)
{
    return image_read_tar(input->fd);
}

// As the file's name says; else as Charliecloud does it, but not into a pipe.
static const struct codec *choose_codec(const struct format_output *output)
{
    const struct codec *codec = codec_for_file(output->path);

    if (output->codec != NULL) {
        codec = codec_named(output->codec);
        if (codec == NULL)
            failed(0,
                   "--compress: a tar archive can have none, gzip, zstd, xz "
                   "or lz4, not %s",
                   output->codec);
    } else if (codec == NULL) {
        codec = codec_named(strcmp(output->path, "-") == 0 ? "none" : "gzip");
    }
    return codec;
}

static struct image_writer *write_tar(const struct format_output *output)
{
    const struct codec *codec = choose_codec(output);
    struct pack_options options = { .fd = output->fd,
                                    .codec = codec,
                                    .threads = output->threads };

    if (codec == NULL)
        return NULL;
    options.level = output->level >= 0 ? output->level : codec->usual;
    if (options.level >= codec->least && options.level <= codec->most)
        return image_write_tar(&options);
    failed(0, "--compress: %s has levels from %d to %d, not %d", codec->name,
           codec->least, codec->most, options.level);
    return NULL;
}

// In the order in which their globs are tried.
static const struct image_format formats[] = {
    { .name = "squash",
      .globs = { "*.sqfs", "*.squash", "*.squashfs", "*.squishy" },
      .holds = holds_squash,
      .read = read_squash,
      .write = write_squash },
    { .name = "sif", .globs = { "*.sif" }, .holds = sif_is, .read = read_sif },
    { .name = "tar",
      .globs = { "*.tar", "*.t?z", "*.tar.?", "*.tar.??", "*.tar.???", "*.tzst",
                 "*.tlz4" },
      .holds = tar_may_be,
      .pipes = true,
      .single = true,
      .read = read_tar,
      .write = write_tar },
    { .name = "dir",
      .globs = { "/*", "./*", "../*" },
      .directory = true,
      .read = read_dir,
      .write = write_dir },
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

// --- which of them is meant

static const struct image_format *find_name(const char *name, size_t length)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strlen(formats[i].name) == length &&
            strncmp(formats[i].name, name, length) == 0)
            return &formats[i];
    return NULL;
}

static const struct image_format *find_glob(const char *path, bool directory)
{
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *glob = formats[i].globs;
             formats[i].directory == directory && *glob != NULL; glob++)
            if (glob_matches(*glob, path))
                return &formats[i];
    return NULL;
}

static const struct image_format *find_content(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return NULL;
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; i < FORMATS; i++)
        if (S_ISDIR(st.st_mode)
                ? formats[i].directory
                : fd >= 0 && formats[i].holds != NULL && formats[i].holds(fd))
            return &formats[i];
    return NULL;
}

static const struct image_format *find_pipe(void)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].pipes)
            return &formats[i];
    return NULL;
}

static int find(const char *operand, bool is_input, struct format_place *place)
{
    size_t length = strcspn(operand, ":");

    if (operand[length] == ':' && find_name(operand, length) != NULL) {
        place->format = find_name(operand, length);
        place->path = operand + length + 1;
        return 0;
    }
    place->path = operand;
    place->format =
        strcmp(operand, "-") == 0 ? find_pipe() : find_glob(operand, false);
    if (place->format == NULL)
        place->format = find_content(operand);
    if (place->format == NULL)
        place->format = find_glob(operand, true);
    if (place->format != NULL)
        return 0;
    if (is_input && access(operand, F_OK) < 0)
        return failed(errno, "can't open %s", operand);
    return failed(0,
                  "can't tell the format of %s: give %s, or as a directory "
                  "./%s",
                  operand, is_input ? "--in-fmt" : "--out-fmt", operand);
}

static int check(const struct format_place *place, bool is_input)
{
    const struct image_format *format = place->format;

    if (place->path[0] == '\0')
        return failed(0, "%s not specified: \"%s:\" is a format",
                      is_input ? "input" : "output", format->name);
    if (strcmp(place->path, "-") == 0 && !format->pipes)
        return failed(0, "format %s can't come through a pipe", format->name);
    if (is_input ? format->read == NULL : format->write == NULL)
        return failed(0, "format %s can't be %s", format->name,
                      is_input ? "read" : "written");
    return 0;
}

int format_find(const char *operand, const char *name, bool is_input,
                struct format_place *place)
{
    if (name == NULL)
        return find(operand, is_input, place) < 0 ? -1 : check(place, is_input);
    place->path = operand;
    place->format = find_name(name, strlen(name));
    if (place->format == NULL)
        return failed(0, "invalid format: %s", name);
    // both ways to say it at once are no contradiction
    if (strncmp(operand, name, strlen(name)) == 0 &&
        operand[strlen(name)] == ':')
        place->path += strlen(name) + 1;
    return check(place, is_input);
}
