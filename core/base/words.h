// words.h - a command line as one text for people.
// SPDX-License-Identifier: MIT
#pragma once

// The words of a NULL-terminated argv with a blank between them, quoted so that
// sh(1) would split the text into the same words again. The caller frees;
// NULL after failed().
char *words_join(char *const *argv);
