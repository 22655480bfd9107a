// fuzz_tar.c - any bytes as an archive, unpacked into a folder that nothing
// leaves.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/image/copy.h"
#include "core/image/dir_write.h"
#include "core/image/layout.h"
#include "core/image/tar_read.h"
#include "core/image/tree.h"

#define LIMIT (4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char base[] = "/tmp/fuzz_tar.XXXXXX";

static void check(int good)
{
    if (!good)
        abort();
}

static void unpack(int file, int into)
{
    struct dir_options options = { .limit = LIMIT };
    cleanup_reader struct image_reader *reader = image_read_tar(file);
    cleanup_writer struct image_writer *writer =
        image_write_dir(into, &options);
    struct copied copied;

    check(writer != NULL);
    if (reader == NULL ||
        image_copy(reader, writer, COPY_NO_DEVICES, &copied) < 0)
        check(err_text()[0] != '\0');
    layout_of(into);
    err_clear();
}

// All that there is in "base" is the folder "in".
static void check_contained(void)
{
    DIR *dir = opendir(base);
    const struct dirent *entry;

    check(dir != NULL);
    while ((entry = readdir(dir)) != NULL)
        check(entry->d_name[0] == '.' || strcmp(entry->d_name, "in") == 0);
    closedir(dir);
}

static void remove_base(void)
{
    rmdir(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int top = -1;
    int file = memfd_create("archive", MFD_CLOEXEC);
    int into;

    if (top < 0) {
        check(mkdtemp(base) != NULL);
        atexit(remove_base);
        top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    check(lseek(file, 0, SEEK_SET) == 0 && mkdirat(top, "in", 0700) == 0);
    into = openat(top, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(into >= 0);
    tar_may_be(file);
    unpack(file, into);
    check_contained();
    close(into);
    close(file);
    check(tree_remove(top, "in") == 0);
    return 0;
}
