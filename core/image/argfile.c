// argfile.c - a command as it is kept in an image: /ch/entrypoint, /ch/cmd.
//
// The format is Charliecloud's: the four bytes "angi", then each argument as
// its length, 32 bits of big endian, and its bytes.
// SPDX-License-Identifier: MIT
#include "core/image/argfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#define SIZE_MOST (2 << 20) // bytes; execve(2) takes as many of them at most

static const char magic[4] = { 'a', 'n', 'g', 'i' };

static uint32_t big_endian(const char *bytes)
{
    uint32_t n = 0;

    for (int i = 0; i < 4; i++)
        n = n << 8 | (unsigned char)bytes[i];
    return n;
}

int argfile_parse(const char *name, const char *data, size_t size,
                  struct strlist *args)
{
    const char *end = data + size;
    const char *at = data + sizeof magic;

    if (size < sizeof magic)
        return failed(0, "corrupt argument data: %s: too short", name);
    if (memcmp(data, magic, sizeof magic) != 0)
        return failed(0, "file magic expected: %08x; actual: %08x: %s",
                      big_endian(magic), big_endian(data), name);
    while (at < end) {
        size_t left = (size_t)(end - at);
        size_t length;

        if (left < 4)
            return failed(0, "corrupt argument data: %s: cut off", name);
        length = big_endian(at);
        if (length > left - 4)
            return failed(0, "corrupt argument data: %s: cut off", name);
        at += 4;
        if (memchr(at, '\0', length) != NULL)
            return failed(0, "corrupt argument data: %s: one has a NUL in it",
                          name);
        if (strlist_take(args, str_ndup(at, length)) < 0)
            return -1;
        at += length;
    }
    return 0;
}

char *argfile_make(const struct strlist *args, size_t *size)
{
    size_t room = sizeof magic;
    char *bytes, *at;

    for (size_t i = 0; i < args->count; i++)
        room += 4 + strlen(args->items[i]);
    bytes = malloc(room);
    if (bytes == NULL) {
        failed(errno, "can't keep the image's command");
        return NULL;
    }
    at = mempcpy(bytes, magic, sizeof magic);
    for (size_t i = 0; i < args->count; i++) {
        size_t length = strlen(args->items[i]);

        for (int shift = 24; shift >= 0; shift -= 8)
            *at++ = (char)(length >> shift);
        at = mempcpy(at, args->items[i], length);
    }
    *size = room;
    return bytes;
}

int argfile_read(const char *path, struct strlist *args)
{
    size_t size;
    cleanup_free char *data = fs_read_regular(AT_FDCWD, path, SIZE_MOST, &size);

    if (data != NULL)
        return argfile_parse(path, data, size, args);
    if (err_num() != ENOENT && err_num() != ENOTDIR)
        return -1;
    err_clear();
    return 0;
}
