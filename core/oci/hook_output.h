// hook_output.h - where hooks write to, if annotations tell.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/oci/spec.h"

// Open the files and tell all hooks of them; spec_free() closes. 0, or -1 after
// failed().
int hook_output_open(struct spec *spec);
