// platform.c - the kind of machine that an image is for.
// SPDX-License-Identifier: MIT
#include "core/image/platform.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/base/err.h"

#define OS "linux"

// What uname(2) calls the machine, and Go.
static const struct {
    const char *machine;
    const char *architecture;
    const char *variant;
} machines[] = {
    { "x86_64", "amd64", "" },
    { "aarch64", "arm64", "v8" },
    { "armv7l", "arm", "v7" },
    { "armv6l", "arm", "v6" },
    { "i686", "386", "" },
    { "ppc64le", "ppc64le", "" },
    { "s390x", "s390x", "" },
    { "riscv64", "riscv64", "" },
    { "loongarch64", "loong64", "" },
};

static int of_this_machine(struct platform *platform)
{
    struct utsname name;

    *platform = (struct platform){ .os = OS };
    if (uname(&name) < 0)
        return failed(0, "can't tell what this machine is");
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (strcmp(name.machine, machines[i].machine) == 0) {
            snprintf(platform->architecture, sizeof platform->architecture,
                     "%s", machines[i].architecture);
            snprintf(platform->variant, sizeof platform->variant, "%s",
                     machines[i].variant);
            return 0;
        }
    snprintf(platform->architecture, sizeof platform->architecture, "%.31s",
             name.machine);
    return 0;
}

// Take a part of the text up to the slash. 0, or -1: it is too long or empty.
static int take(const char **text, char *part, size_t room)
{
    size_t length = strcspn(*text, "/");

    if (length == 0 || length >= room)
        return -1;
    memcpy(part, *text, length);
    part[length] = '\0';
    *text += length + ((*text)[length] == '/');
    return 0;
}

int platform_parse(const char *text, struct platform *platform)
{
    const char *rest = text;

    if (text == NULL)
        return of_this_machine(platform);
    *platform = (struct platform){ .os = OS };
    if (strchr(text, '/') != NULL &&
        take(&rest, platform->os, sizeof platform->os) < 0)
        rest = "";
    if (take(&rest, platform->architecture, sizeof platform->architecture) < 0)
        return failed(0, "not a platform, as linux/amd64 is one: %s", text);
    if (rest[0] != '\0' &&
        (take(&rest, platform->variant, sizeof platform->variant) < 0 ||
         rest[0] != '\0'))
        return failed(0, "not a platform, as linux/arm/v7 is one: %s", text);
    return 0;
}

bool platform_fits(const struct platform *wanted, const struct platform *has)
{
    return strcmp(wanted->os, has->os) == 0 &&
           strcmp(wanted->architecture, has->architecture) == 0 &&
           (wanted->variant[0] == '\0' || has->variant[0] == '\0' ||
            strcmp(wanted->variant, has->variant) == 0);
}
