// template.h - a config.json to begin with.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// The text, which the caller frees; for an ordinary user if "rootless".
char *template_text(bool rootless);

// Write it, or one for an image as ch-run takes it (NULL: none), as config.json
// to the directory (NULL: the working directory), where there must be none. 0,
// or -1 after failed().
int template_write(const char *bundle, bool rootless, const char *image);
