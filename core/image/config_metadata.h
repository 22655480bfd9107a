// config_metadata.h - what ch-image, Charliecloud's builder of images, notes of
// how to run an image.
//
// In /ch/metadata.json it keeps what no file has that ch-run reads: "cwd",
// "labels", "shell", "volumes" and "arch". Its "env" is in /ch/environment,
// too, which users edit, so it is not taken from here; entrypoint and command
// it does not know.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/image/config_files.h"

#define CONFIG_METADATA "ch/metadata.json"

// Make of its text the document that an image of layers would have said it by,
// as a file like /ch/config.json. What is not of the form is passed over, and
// told.
void config_of_metadata(const struct config_file *metadata,
                        struct config_file *document);
