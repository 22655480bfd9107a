// layout.h - images that are not trees of files, but layers to make one of.
// SPDX-License-Identifier: MIT
#pragma once

// What is to be done about them.
#define LAYOUT_REMEDY \
    "its layers must be put together first: ch-convert makes an image of it"

// What the directory holds if it is such an image, as a phrase in static
// memory: "an OCI layout"; NULL if it is none.
const char *layout_of(int dir);
