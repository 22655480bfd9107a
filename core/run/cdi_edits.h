// cdi_edits.h - what a CDI file says of one kind of device.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/json.h"
#include "core/run/injection.h"

// Add the edits of the specification "spec", which is from "file", and of its
// device with this name; NULL or "all": of all its devices. 0, or -1 after
// failed().
int cdi_edits(struct injection *injection, const char *file,
              const struct json *spec, const char *device);
