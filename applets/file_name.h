// file_name.h - the name of a file: an option of two applets.
// SPDX-License-Identifier: MIT
#pragma once

// Set the field to the option's value, which is borrowed. 0, or -1 after
// failed(): it is empty.
int file_name_set(const char **field, const char *option, const char *value);
