// single.h - an archive that holds its tree in one directory of its own.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/stream.h"

// Read on without that directory, if there is one. A name that the root of a
// system has is never taken for it, so most archives are told by their first
// entry. Of others "again" is a reader of the same archive, which is read until
// this is decided and then closed; NULL if it can't be read twice, and then
// what turns out not to be below that directory is an error. Takes over both
// readers. NULL after failed().
struct image_reader *image_lift_single(struct image_reader *reader,
                                       struct image_reader *again);
