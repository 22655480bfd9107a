// platform.h - the kind of machine that an image is for.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

struct platform {
    char os[32];
    char architecture[32]; // as Go names it: amd64, arm64
    char variant[16];      // "v7", or ""
};

// "linux/arm64", "linux/arm/v7", or "arm64" for Linux; NULL is this machine's.
// 0, or -1 after failed().
int platform_parse(const char *text, struct platform *platform);

// Does it run on "wanted"? A variant that either leaves open fits all.
bool platform_fits(const struct platform *wanted, const struct platform *has);
