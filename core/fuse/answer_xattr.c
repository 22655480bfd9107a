// answer_xattr.c - extended attributes.
//
// An image without any answers ENOSYS, after which the kernel does not ask
// again: otherwise it would at each exec (security.capability).
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "core/base/scope.h"
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

void answer_listxattr(fuse_req_t req, fuse_ino_t number, size_t size)
{
    struct squash *image = answer_image(req);
    cleanup_free char *bytes = malloc(size + 1);
    ssize_t length = -1;

    if (!squash_has_xattrs(image))
        errno = ENOSYS;
    else if (bytes != NULL)
        length = squash_list_xattrs(image, answer_id(req, number), bytes, size);
    reply(req, size, bytes, length);
}
