// overlay_size.h - how much memory the changes of an image may take.
// SPDX-License-Identifier: MIT
#pragma once

// Is it a size as tmpfs(5) has them, and large enough? "what" is for messages.
// 0, or -1 after failed().
int overlay_size_check(const char *what, const char *size);
