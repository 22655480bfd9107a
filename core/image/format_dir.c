// format_dir.c - the format "dir": a directory.
// SPDX-License-Identifier: MIT
#include "core/image/format.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/image/dir_read.h"
#include "core/image/dir_write.h"

// What a directory has that Charliecloud replaces: an image.
static const char *const marks[] = { "bin", "dev", "usr" };

static bool is_image(int dir)
{
    struct stat st;

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (fstatat(dir, marks[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            (!S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode)))
            return false;
    return true;
}

struct image_reader *format_read_dir(const struct format_input *input)
{
    struct dir_read_options options = { .xattrs = input->xattrs,
                                        .exclude = input->exclude,
                                        .output = input->output };

    return image_read_dir(input->fd, &options);
}

struct image_writer *format_write_dir(const struct format_output *output)
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

const struct image_format format_dir = {
    .names = { "dir" },
    .globs = { "/*", "./*", "../*" },
    .directory = true,
    .tree = true,
    .replaceable = is_image,
    .read = format_read_dir,
    .write = format_write_dir,
};
