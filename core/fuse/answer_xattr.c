// answer_xattr.c - extended attributes.
//
// An image without any answers ENOSYS, after which the kernel does not ask
// again: otherwise it would at each exec (security.capability).
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/fuse/answer.h"

static void reply(fuse_req_t req, size_t asked, const char *bytes,
                  ssize_t length)
{
    if (length < 0)
        fuse_reply_err(req, errno);
    else if (asked == 0)
        fuse_reply_xattr(req, (size_t)length);
    else
        fuse_reply_buf(req, bytes, (size_t)length);
}

void answer_getxattr(fuse_req_t req, fuse_ino_t number, const char *name,
                     size_t size)
{
    struct squash *image = answer_image(req);
    cleanup_free char *bytes = malloc(size + 1);
    ssize_t length = -1;

    if (!squash_has_xattrs(image))
        errno = ENOSYS;
    else if (bytes != NULL)
        length =
            squash_get_xattr(image, answer_id(req, number), name, bytes, size);
    reply(req, size, bytes, length);
}

// Forget the names that only root may read, which would else be listed to all
// and then refused: those of the namespace "trusted".
static ssize_t hide_trusted(char *names, ssize_t length)
{
    ssize_t kept = 0;

    for (ssize_t at = 0, size; at < length; at += size) {
        size = (ssize_t)strlen(names + at) + 1;
        if (str_starts(names + at, "trusted."))
            continue;
        memmove(names + kept, names + at, (size_t)size);
        kept += size;
    }
    return kept;
}

void answer_listxattr(fuse_req_t req, fuse_ino_t number, size_t size)
{
    struct squash *image = answer_image(req);
    char names[XATTR_LIST_MAX];
    ssize_t length;

    if (!squash_has_xattrs(image)) {
        fuse_reply_err(req, ENOSYS);
        return;
    }
    length =
        squash_list_xattrs(image, answer_id(req, number), names, sizeof names);
    if (length > 0 && answer_for_user(req))
        length = hide_trusted(names, length);
    if (size > 0 && length > (ssize_t)size) {
        errno = ERANGE;
        length = -1;
    }
    reply(req, size, names, length);
}
