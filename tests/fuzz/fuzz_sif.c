// fuzz_sif.c - where the system is in any bytes that may be a SIF file.
//
// The header's magic is put there, so that what follows it is looked at.
// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/image/sif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[] = "SIF_MAGIC\0"
                                "01";
    int fd = memfd_create("sif", MFD_CLOEXEC);
    uint64_t offset;

    if (fd < 0 || fs_write_all(fd, data, size) < 0)
        abort();
    if (size >= 32 + sizeof magic)
        if (pwrite(fd, magic, sizeof magic, 32) != sizeof magic || !sif_is(fd))
            abort();
    if (sif_find(fd, "sif", &offset) == 0 && offset > size)
        abort();
    err_clear();
    close(fd);
    return 0;
}
