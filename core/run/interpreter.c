// interpreter.c - the program that the kernel starts in order to run a file.
//
// execve(2) says "No such file or directory" when it is this program that does
// not exist, of a file that everybody can see. Sources: execve(2), elf(5).
// SPDX-License-Identifier: MIT
#include "core/run/interpreter.h"

#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "core/base/str.h"

// A segment of the file, of either class of ELF.
struct segment {
    uint32_t type;
    uint64_t offset, size;
};

// Where the table of segments is.
struct table {
    uint64_t offset;
    size_t count, entry;
};

static bool is_inside(uint64_t offset, uint64_t length, size_t size)
{
    return offset <= size && length <= size - offset;
}

static struct table table_of(const char *data, size_t size)
{
    Elf64_Ehdr big = { 0 };
    Elf32_Ehdr small = { 0 };

    if (data[EI_CLASS] == ELFCLASS64 && size >= sizeof big) {
        memcpy(&big, data, sizeof big);
        return (struct table){ big.e_phoff, big.e_phnum, big.e_phentsize };
    }
    if (data[EI_CLASS] == ELFCLASS32 && size >= sizeof small) {
        memcpy(&small, data, sizeof small);
        return (struct table){ small.e_phoff, small.e_phnum,
                               small.e_phentsize };
    }
    return (struct table){ 0 };
}

static bool read_segment(const char *data, size_t entry,
                         struct segment *segment)
{
    Elf64_Phdr big;
    Elf32_Phdr small;

    if (entry == sizeof big) {
        memcpy(&big, data, sizeof big);
        *segment = (struct segment){ big.p_type, big.p_offset, big.p_filesz };
    } else if (entry == sizeof small) {
        memcpy(&small, data, sizeof small);
        *segment =
            (struct segment){ small.p_type, small.p_offset, small.p_filesz };
    } else {
        return false;
    }
    return true;
}

// A program of the other byte order is not this processor's: no number of it
// makes sense here, and none is looked at beyond the bytes that there are.
static char *loader_of(const char *data, size_t size)
{
    struct table table = table_of(data, size);
    struct segment segment;

    for (size_t i = 0; i < table.count; i++) {
        uint64_t at;

        if (__builtin_add_overflow(table.offset, i * table.entry, &at) ||
            !is_inside(at, table.entry, size) ||
            !read_segment(data + at, table.entry, &segment))
            return NULL;
        if (segment.type != PT_INTERP)
            continue;
        if (!is_inside(segment.offset, segment.size, size))
            return NULL;
        return str_ndup(data + segment.offset, segment.size);
    }
    return NULL;
}

static char *program_of(const char *data, size_t size)
{
    const char *end = data + size;
    const char *first = data + strlen("#!");
    const char *last;

    while (first < end && (*first == ' ' || *first == '\t'))
        first++;
    for (last = first; last < end; last++)
        if (strchr(" \t\n", *last) != NULL) // or NUL
            break;
    return last > first ? str_ndup(first, (size_t)(last - first)) : NULL;
}

char *interpreter_of(const char *data, size_t size)
{
    if (size > 2 && data[0] == '#' && data[1] == '!')
        return program_of(data, size);
    return interpreter_is_elf(data, size) ? loader_of(data, size) : NULL;
}

bool interpreter_is_elf(const char *data, size_t size)
{
    return size > EI_CLASS && memcmp(data, ELFMAG, SELFMAG) == 0;
}
