// layout.h - images that are not trees of files, but layers to make one of.
// SPDX-License-Identifier: MIT
#pragma once

// What the directory holds if it is such an image, as a phrase in static
// memory: "an OCI layout"; NULL if it is none.
const char *layout_of(int dir);
