// layout.h - images that are not trees of files, but layers to make one of.
// SPDX-License-Identifier: MIT
#pragma once

enum layout_kind { LAYOUT_NONE, LAYOUT_OCI, LAYOUT_DOCKER };

// What the directory holds, and what the archive holds; one that is compressed
// or cut short is judged by its first member's name.
enum layout_kind layout_kind(int dir);
enum layout_kind layout_archive_kind(int fd);

// What the directory holds if it is such an image, as a phrase in static
// memory: "an OCI layout"; NULL if it is none.
const char *layout_of(int dir);

// The same of a stream: note each path of it, then ask.
struct layout_signs {
    unsigned files; // a bit for each name that tells a kind
};

void layout_note(struct layout_signs *signs, const char *path);
const char *layout_told(const struct layout_signs *signs);
