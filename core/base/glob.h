// glob.h - shell patterns, with the extended ones of bash and ksh.
//
// musl's fnmatch(3) lacks FNM_EXTMATCH, which Charliecloud's --unset-env has.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Does the pattern match all of the text? "?", "*", "[a-z]", "[!a-z]",
// "[[:alpha:]]", "\c", and of alternatives between "|": "?(...)" none or one,
// "*(...)" any number, "+(...)" at least one, "@(...)" one, "!(...)" anything
// but them. A pattern that is not well formed stands for itself.
bool glob_matches(const char *pattern, const char *text);
