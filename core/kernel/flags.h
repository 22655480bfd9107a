// flags.h - what bits of a system call are called, for -v -v -v.
// SPDX-License-Identifier: MIT
#pragma once

#define FLAGS_TEXT 256 // bytes

// "MS_BIND|MS_REC", "0", or a number for what has no name here. Returns "text".
const char *flags_mount(char text[FLAGS_TEXT], unsigned long flags);
const char *flags_clone(char text[FLAGS_TEXT], unsigned long flags);
