// threads.h - how many threads are to serve an image: an option of two applets.
// SPDX-License-Identifier: MIT
#pragma once

// 0, or -1 after failed().
int threads_parse(const char *value, unsigned *threads);
