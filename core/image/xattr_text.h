// xattr_text.h - extended attributes as texts, to be compared and shown.
//
// A text says all of its attribute, and is short: name="value" if the value is
// a word or a line, name=0xHEX if it is not, and name=sha256:HEX if it is long.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/str.h"
#include "core/image/stream.h"

// Those of an entry, or those of users only, sorted, into the list, which is
// empty. 0, or -1 after failed().
int xattr_texts(const struct image_entry *entry, bool users_only,
                struct strlist *texts);

// The texts of the first list that the second one has not, in a line: "none" if
// there are none. The caller frees; NULL after failed().
char *xattr_texts_only(const struct strlist *of, const struct strlist *other);
