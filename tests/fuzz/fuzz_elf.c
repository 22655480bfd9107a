// fuzz_elf.c - a shared library of the host's.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/run/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("library", MFD_CLOEXEC);
    char path[FS_FD_PATH];
    struct elf_library library;

    if (fd < 0 || fs_write_all(fd, data, size) < 0)
        abort();
    if (elf_read(fs_fd_path(path, fd), &library) < 0)
        err_clear();
    free(library.soname);
    close(fd);
    return 0;
}
