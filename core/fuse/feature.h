// feature.h - what newer kernels do for a FUSE server, and older ones do not.
//
// Each is asked for when the connection begins (INIT, fuse(4)) or tried, and
// there is something to fall back to. doc/squashfs.md says what each is worth.
// SPDX-License-Identifier: MIT
#pragma once

struct fuse_conn_info;

enum feature {
    FEATURE_READDIRPLUS,     // listings bring attributes along
    FEATURE_CACHE_SYMLINKS,  // a link is read once
    FEATURE_NO_OPEN,         // files are opened without asking
    FEATURE_NO_OPENDIR,      // and directories
    FEATURE_PARALLEL_DIROPS, // several look into a directory at once
    FEATURE_EXPLICIT_INVAL,  // no page is dropped when attributes are read
    FEATURE_CLONE,           // each thread has a descriptor of its own
    FEATURE_COUNT,
};

// The names of features that are to be done without, with commas between them,
// as bits: 1 << FEATURE_X. 0, or -1 after failed().
int features_parse(const char *names, unsigned *without);

// Ask for all that are not in "without": the bits of those that there will be.
unsigned features_ask(struct fuse_conn_info *conn, unsigned without);
