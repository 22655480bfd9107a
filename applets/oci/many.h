// many.h - the same for several containers.
// SPDX-License-Identifier: MIT
#pragma once

// Do it for each container whose id matches the extended regular expression
// (regex(7)). One that fails spoils no other: 0; 1 after errors were printed;
// -1 after failed().
int oci_for_matching(const char *root, const char *expression,
                     int (*body)(const void *args, const char *id),
                     const void *args);
