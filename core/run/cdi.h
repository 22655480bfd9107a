// cdi.h - devices as the Container Device Interface describes them.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/injection.h"

#define CDI_DIRECTORIES "/etc/cdi:/var/run/cdi" // as the specification has it

// Add what the CDI files say about "kind":
//   FILE.json             all of that file
//   VENDOR/CLASS          all devices of that kind, also written with "=all"
//   VENDOR/CLASS=DEVICE   that one
//   NULL                  all kinds
// Kinds are looked up in the JSON files of "directories", separated by colons,
// of which a later one has precedence. 0, or -1 after failed().
int cdi_load(struct injection *injection, const char *kind,
             const char *directories);
