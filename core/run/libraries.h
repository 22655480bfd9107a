// libraries.h - libraries of the host, made known to the container's linker.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/binds.h"
#include "core/run/container.h"

// Make the libraries that are bound in the plan's folders of libraries known to
// the dynamic linker, if it is glibc's: by an /etc/ld.so.cache made from the
// image's, and, where the root is an overlay, by links of their sonames beside
// them. Call when all is bound. 0, or -1 after failed().
int libraries_announce(const struct binds *b);

// Make the plan's links, by which programs load libraries under other names,
// in the overlay; never in what is bound, nor in the place of something. Those
// that can't be made are warned of.
void libraries_link(const struct binds *b);

// In the container: if its linker has no such cache, put these folders into
// LD_LIBRARY_PATH, with a notice. 0, or -1 after failed().
int libraries_set_path(const struct container *plan);
