// injection.h - what of the host's hardware support comes into a container.
//
// Gathered from files (cdi.h, inject.h), and then made part of the plan, whose
// strings it owns.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/str.h"
#include "core/run/container.h"

struct injection {
    struct bind *binds;
    size_t bind_count;
    struct strlist variables; // NAME=VALUE
    struct strlist folders;   // of libraries, in the container
    struct strlist links;     // TEXT::PATH, in the container
    struct strlist strings;   // of the binds
};

// Each adds a copy; what is there already is not added again. 0, or -1 after
// failed().
int injection_bind(struct injection *injection, const struct bind *bind);
int injection_variable(struct injection *injection, const char *text);
int injection_link(struct injection *injection, const char *link);
int injection_folder(struct injection *injection, const char *folder);

void injection_free(struct injection *injection);
#define cleanup_injection __attribute__((cleanup(injection_free)))
