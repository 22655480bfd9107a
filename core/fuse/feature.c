// feature.c - what newer kernels do for a FUSE server, and older ones do not.
// SPDX-License-Identifier: MIT
#include "core/fuse/feature.h"

#include <stdint.h>
#include <string.h>

#include "core/base/err.h"
#include "core/fuse/lowlevel.h"

// FEATURE_CLONE is not asked for but tried.
static const struct {
    const char *name;
    uint64_t flag;
} features[FEATURE_COUNT] = {
    [FEATURE_READDIRPLUS] = { "readdirplus", FUSE_CAP_READDIRPLUS },
    [FEATURE_CACHE_SYMLINKS] = { "symlinks", FUSE_CAP_CACHE_SYMLINKS },
    [FEATURE_NO_OPEN] = { "no-open", FUSE_CAP_NO_OPEN_SUPPORT },
    [FEATURE_NO_OPENDIR] = { "no-opendir", FUSE_CAP_NO_OPENDIR_SUPPORT },
    [FEATURE_PARALLEL_DIROPS] = { "parallel", FUSE_CAP_PARALLEL_DIROPS },
    [FEATURE_EXPLICIT_INVAL] = { "keep-pages", FUSE_CAP_EXPLICIT_INVAL_DATA },
    [FEATURE_CLONE] = { "clone", 0 },
};

static int find(const char *name, size_t length)
{
    for (int i = 0; i < FEATURE_COUNT; i++) {
        if (strlen(features[i].name) == length &&
            memcmp(features[i].name, name, length) == 0)
            return i;
    }
    return failed(0, "no such feature: %.*s", (int)length, name);
}

int features_parse(const char *names, unsigned *without)
{
    size_t length;

    *without = 0;
    for (const char *at = names; *at != '\0';
         at += length + (at[length] != 0)) {
        int feature;

        length = strcspn(at, ",");
        feature = find(at, length);
        if (feature < 0)
            return -1;
        *without |= 1U << feature;
    }
    return 0;
}

unsigned features_ask(struct fuse_conn_info *conn, unsigned without)
{
    unsigned there = 0;

    for (int i = 0; i < FEATURE_COUNT; i++) {
        if (features[i].flag == 0)
            continue;
        if (without >> i & 1)
            fuse_unset_feature_flag(conn, features[i].flag);
        else if (fuse_set_feature_flag(conn, features[i].flag))
            there |= 1U << i;
    }
    return there;
}
