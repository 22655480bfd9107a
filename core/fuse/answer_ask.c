// answer_ask.c - what the server has done, for who asks it.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <unistd.h>

#include "core/fuse/answer.h"
#include "core/fuse/ask.h"

// Numbers only, but others' business is nobody else's.
static bool may_know(fuse_req_t req)
{
    uid_t uid = fuse_req_ctx(req)->uid;

    return uid == 0 || uid == geteuid();
}

// NOLINTNEXTLINE(readability-function-size): the library's parameters
void answer_ioctl(fuse_req_t req, fuse_ino_t number, unsigned command,
                  void *argument, struct fuse_file_info *file, unsigned flags,
                  const void *in, size_t in_size, size_t out_size)
{
    const struct answers *answers = fuse_req_userdata(req);
    char text[COUNTERS_TEXT];
    size_t length;

    (void)number, (void)argument, (void)file, (void)flags;
    (void)in, (void)in_size;
    if (command != (unsigned)ASK_STATISTICS || out_size < sizeof text) {
        fuse_reply_err(req, ENOTTY);
        return;
    }
    if (!may_know(req)) {
        fuse_reply_err(req, EACCES);
        return;
    }
    length = counters_text(&answers->counted, text);
    fuse_reply_ioctl(req, 0, text, length);
}
