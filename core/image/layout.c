// layout.c - images that are not trees of files, but layers to make one of.
// SPDX-License-Identifier: MIT
#include "core/image/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/str.h"

// The files that tell them: OCI image-layout.md, and what "docker save" and
// "skopeo copy" write.
static const struct {
    const char *file;
    const char *beside[4]; // one of these, too
    const char *what;
} kinds[] = {
    { "oci-layout", { "index.json" }, "an OCI layout" },
    { "manifest.json",
      { "repositories", "blobs", "version" },
      "a docker archive" },
};

static bool has(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, 0) == 0;
}

static bool has_one(int dir, const char *const *names)
{
    for (; *names != NULL; names++)
        if (has(dir, *names))
            return true;
    return false;
}

const char *layout_of(int dir)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (has(dir, kinds[i].file) && has_one(dir, kinds[i].beside))
            return kinds[i].what;
    return NULL;
}

// Each kind has so many bits; the first is for its file.
enum { BITS = 8 };

void layout_note(struct layout_signs *signs, const char *path)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *const *beside = kinds[i].beside;

        if (strcmp(path, kinds[i].file) == 0)
            signs->files |= 1U << (i * BITS);
        // "blobs" may be told by what is in it alone
        for (unsigned bit = 1; *beside != NULL; beside++, bit++)
            if (str_starts(path, *beside) &&
                (path[strlen(*beside)] == '\0' || path[strlen(*beside)] == '/'))
                signs->files |= 1U << (i * BITS + bit);
    }
}

const char *layout_told(const struct layout_signs *signs)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        unsigned bits = signs->files >> (i * BITS) & ((1U << BITS) - 1);

        if ((bits & 1) != 0 && bits > 1)
            return kinds[i].what;
    }
    return NULL;
}
