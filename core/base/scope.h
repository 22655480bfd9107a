// scope.h - release a local when it goes out of scope.
//
//     cleanup_free char *path = path_join(dir, name);
//     cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
//
// A cleanup variable is initialised where it is declared.  To hand the
// resource to a caller, return steal_ptr(&path) or steal_fd(&fd).
// SPDX-License-Identifier: MIT
#pragma once

#include <stdlib.h>
#include <unistd.h>

static inline void scope_free(void *p)
{
    free(*(void **)p);
}

static inline void scope_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define cleanup_free __attribute__((cleanup(scope_free)))
#define cleanup_close __attribute__((cleanup(scope_close)))

static inline int steal_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

#define steal_ptr(pp)                     \
    __extension__({                       \
        __typeof__(*(pp)) taken_ = *(pp); \
        *(pp) = NULL;                     \
        taken_;                           \
    })
