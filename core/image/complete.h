// complete.h - a stream with all that a container needs in its image.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/image/stream.h"

// Read on, and behind the last entry bring the directories and files that are
// missing and that ch-run mounts over, and the root's own entry; they are as
// new as the newest of the others, whether or not there are "devices" among
// these (devices.h). A stream without anything is an error. Takes over
// the reader. NULL after failed().
struct image_reader *image_complete(struct image_reader *reader, bool devices);
