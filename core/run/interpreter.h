// interpreter.h - the program that the kernel starts in order to run a file.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Of a script, the program of its "#!" line; of an ELF file, its loader. "data"
// is how the file begins. The caller frees; NULL: it has none, or none that can
// be seen in these bytes.
char *interpreter_of(const char *data, size_t size);

// Is it an ELF file, for whatever processor?
bool interpreter_is_elf(const char *data, size_t size);
