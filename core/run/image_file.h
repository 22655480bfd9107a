// image_file.h - the file that is to be an image.
// SPDX-License-Identifier: MIT
#pragma once

// Open a file or a block device for reading, whatever it holds; anything else
// is refused. The descriptor, or -1 after failed().
int image_file_open(const char *path);
