// elf.h - what a dynamic linker has to know of a shared library.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

struct elf_library {
    char *soname; // the caller frees; NULL: it has none
    uint32_t abi; // as ld.so.cache has it (core/run/ldcache.h); 0: unknown
};

// Is the file at "path" of the host a shared library for processors of this
// machine's byte order? 1, and *library is filled; 0 if not; -1 after failed()
// if it can't be read. Reads some kilobytes at most, whatever the file says.
int elf_read(const char *path, struct elf_library *library);
