// file_plan.c - what is to become of a file that was opened for writing.
// SPDX-License-Identifier: MIT
#include "core/image/file_plan.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/err.h"

int file_plan_check(const struct file_plan *plan,
                    const struct image_chunk *chunk, struct budget *budget)
{
    if (chunk->offset + chunk->size > plan->size)
        return failed(0, "damaged: more data than the file is long");
    return budget_data(budget, chunk->size);
}

int file_plan_write(const struct file_plan *plan,
                    const struct image_chunk *chunk,
                    const struct budget *budget)
{
    size_t done = 0;

    while (done < chunk->size) {
        ssize_t n = pwrite(plan->fd, (const char *)chunk->bytes + done,
                           chunk->size - done, (off_t)(chunk->offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == ENOSPC && budget->limit != 0)
            return budget_exceeded(budget);
        if (n < 0)
            return failed(errno, "can't write");
        done += (size_t)n;
    }
    return 0;
}

int file_plan_end(const struct file_plan *plan, bool reached)
{
    struct timespec times[] = { plan->mtime, plan->mtime };

    if (!reached && plan->size > 0 && // there is a hole at the end
        ftruncate(plan->fd, (off_t)plan->size) < 0)
        return failed(errno, "can't make a file of %ju bytes",
                      (uintmax_t)plan->size);
    if (plan->has_owner && fchown(plan->fd, plan->uid, plan->gid) < 0)
        return failed(errno, "can't give a file to owner %u:%u",
                      (unsigned)plan->uid, (unsigned)plan->gid);
    if (fchmod(plan->fd, plan->mode) < 0)
        return failed(errno, "can't set the mode");
    if (plan->capability_size > 0 &&
        fsetxattr(plan->fd, CAPABILITY_XATTR, plan->capability,
                  plan->capability_size, 0) < 0)
        return failed(errno, "can't set capabilities");
    if (futimens(plan->fd, times) < 0)
        return failed(errno, "can't set the time");
    return 0;
}
