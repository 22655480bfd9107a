// jail_streams.c - whose the standard streams of a container's process are.
//
// The program may open them again, as /dev/stdout, which asks for the rights of
// who opens: those of the pipes and files of the caller's would be missing.
// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/run/jail_work.h"

// Devices are the host's. That of a terminal of its own is the user's already.
static bool is_left_alone(const struct stat *st)
{
    return S_ISDIR(st->st_mode) || S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode);
}

void jail_give_streams(const struct jail_user *user)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat st;

        if (fstat(fd, &st) < 0 || st.st_uid == user->uid || is_left_alone(&st))
            continue;
        // refused, the program still has it open
        if (fchown(fd, user->uid, user->gid) < 0)
            log_why("descriptor %d stays its owner's", fd);
    }
}
