// utf8.h - names of files, which may be of any bytes, as text.
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>

// Bytes of the character at the beginning of the text, or 0: what is there is
// none (Unicode, table 3-7). "\0" is one of a byte.
size_t utf8_length(const char *text);

// The text as it can be shown on a terminal and read back: a backslash as "\\",
// and each byte of a control character, or of what is no character, as \xNN. So
// a name is one line, and drives no terminal. The caller frees; NULL after
// failed().
char *utf8_shown(const char *text);
