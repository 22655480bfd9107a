// errno_text.h - what an errno means, in the words that users search for.
// SPDX-License-Identifier: MIT
#pragma once

// As strerror(3) of glibc, in English.
const char *errno_text(int errnum);
