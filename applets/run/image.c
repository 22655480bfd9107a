// image.c - options of ch-run: where the image is, and how it is shown.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <string.h>

#include "applets/file_name.h"
#include "applets/threads.h"
#include "core/base/err.h"
#include "core/image/platform.h"

static const struct {
    const char *name;
    enum fuse_use use;
} fuse_uses[] = {
    { "require", FUSE_REQUIRE },
    { "prefer", FUSE_PREFER },
    { "never", FUSE_NEVER },
};

int args_fuse(void *p, const char *value)
{
    for (size_t i = 0; i < sizeof fuse_uses / sizeof fuse_uses[0]; i++)
        if (strcmp(value, fuse_uses[i].name) == 0) {
            ((struct args *)p)->plan.fuse = fuse_uses[i].use;
            return 0;
        }
    return failed(0, "--fuse: not one of require, prefer, never: %s", value);
}

int args_mount(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "mount point can't be empty string");
    ((struct args *)p)->plan.mount_point = value;
    return 0;
}

int args_platform(void *p, const char *value)
{
    struct platform platform;

    if (platform_parse(value, &platform) < 0)
        return failed_while("--platform");
    ((struct args *)p)->plan.platform = value;
    return 0;
}

int args_storage(void *p, const char *value)
{
    if (value[0] == '\0')
        return failed(0, "--storage: the name of the directory is empty");
    ((struct args *)p)->plan.storage = value;
    return 0;
}

int args_fuse_single(void *p, const char *value)
{
    (void)value; // takes none
    ((struct args *)p)->plan.fuse_threads = 1;
    return 0;
}

int args_threads(void *p, const char *value)
{
    return threads_parse(value, &((struct args *)p)->plan.fuse_threads);
}

int args_stats(void *p, const char *value)
{
    return file_name_set(&((struct args *)p)->plan.report, "--stats", value);
}

int args_record(void *p, const char *value)
{
    return file_name_set(&((struct args *)p)->plan.record, "--record", value);
}

int args_prefetch(void *p, const char *value)
{
    return file_name_set(&((struct args *)p)->plan.prefetch, "--prefetch",
                         value);
}

// "/", however it is written. It must be seen before anything is asked of the
// file system, as it changes what other options mean.
bool args_is_host(const char *image)
{
    return image[0] == '/' && image[strspn(image, "/.")] == '\0' &&
           strstr(image, "...") == NULL;
}
