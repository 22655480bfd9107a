// features.h - what this runtime can do, for callers that ask.
// SPDX-License-Identifier: MIT
#pragma once

// The document of the specification's features.md; the caller frees the text.
char *features_text(void);
