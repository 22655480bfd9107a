// convert.h - one image made of another, in one pass.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/base/str.h"
#include "core/image/add.h"
#include "core/image/copy.h"
#include "core/image/format.h"

enum conversion_owner {
    OWNER_DEFAULT, // kept where it can be and means something
    OWNER_KEEP,
    OWNER_MINE,
    OWNER_ROOT,
};

// What is to be done: plain data.
struct conversion {
    struct format_place in, out;
    const char *platform; // see format.h; or NULL
    bool no_clobber;
    bool xattrs;
    bool devices; // are kept: devices.h
    enum conversion_owner owner;
    bool set_mtime;   // of all files, to mtime
    bool limit_mtime; // no file is newer than mtime
    time_t mtime;
    struct strlist exclude;
    struct additions add;
    uint64_t max_size;   // bytes; 0: by what is free where it is written
    const char *codec;   // NULL: the format's choice
    int level;           // -1: the codec's
    uint64_t block_size; // bytes; 0: the format's choice
    bool sorted;         // data are laid out in the order of
    struct strlist sort; // these paths, and all others after them
    unsigned threads;    // 0: as many as this process has CPUs
    bool progress;       // tell it
};

struct conversion_result {
    struct copied copied;
    uint64_t bytes;   // of data that were read
    uint64_t written; // bytes of the output, if it is a file
    double seconds;   // that it took
};

// Whose the files come to be: OWNER_DEFAULT made definite.
enum conversion_owner conversion_owner(const struct conversion *plan);

// Does the image join others in its place?
bool convert_adds(const struct conversion *plan);

// Would convert() find input and output as it needs them? Fills "replaces". 0,
// or -1 after failed().
int convert_check(const struct conversion *plan, bool *replaces);

// 0, or -1 after failed(): then there is no output, or the one that was there.
int convert(const struct conversion *plan, struct conversion_result *result);
