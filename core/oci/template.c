// template.c - a config.json to begin with.
// SPDX-License-Identifier: MIT
#include "core/oci/template.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/runtime_config.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/oci/spec.h"
#include "core/run/image_config.h"

char *template_text(bool rootless)
{
    char *args[] = { (char[]){ "sh" } };
    char *environment[] = { (char[]){ RUNTIME_CONFIG_PATH },
                            (char[]){ "TERM=xterm" } };
    struct runtime_config config = { .rootless = rootless,
                                     .terminal = true,
                                     .limits = true,
                                     .read_only = true,
                                     .root = "rootfs",
                                     .hostname = "ch-oci",
                                     .args = { args, 1, 0 },
                                     .environment = { environment, 2, 0 },
                                     .directory = "/" };

    return runtime_config_text(&config);
}

// For whoever calls.
static char *image_text(const char *image, bool rootless)
{
    return image_config_text(&(struct image_wish){
        .image = image, .rootless = rootless || geteuid() != 0 });
}

int template_write(const char *bundle, bool rootless, const char *image)
{
    cleanup_free char *text =
        image != NULL ? image_text(image, rootless) : template_text(rootless);
    cleanup_free char *path =
        str_printf("%s/%s", bundle != NULL ? bundle : ".", SPEC_FILE);
    cleanup_close int fd = -1;

    if (text == NULL || path == NULL)
        return -1;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0 ||
        fs_write_all(fd, "\n", 1) < 0)
        return failed(errno, "can't write %s", path);
    return 0;
}
