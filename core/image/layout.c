// layout.c - images that are not trees of files, but layers to make one of.
// SPDX-License-Identifier: MIT
#include "core/image/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

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
