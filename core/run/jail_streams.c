// jail_streams.c - whose the standard streams of a container's process are.
//
// The program may open them again, as /dev/stdout, which asks for the rights of
// who opens: those of the pipes and files of the caller's would be missing.
// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/run/jail_work.h"

// Devices are everybody's but terminals, whose group is the host's affair.
static bool is_left_alone(int fd, const struct stat *st)
{
    return S_ISDIR(st->st_mode) || S_ISBLK(st->st_mode) ||
           (S_ISCHR(st->st_mode) && !isatty(fd));
}

void jail_give_streams(const struct jail_user *user)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        gid_t group = user->gid;
        struct stat st;

        if (fstat(fd, &st) < 0 || st.st_uid == user->uid ||
            is_left_alone(fd, &st))
            continue;
        if (S_ISCHR(st.st_mode))
            group = (gid_t)-1;
        // refused, the program still has it open
        if (fchown(fd, user->uid, group) < 0)
            log_why("descriptor %d stays its owner's", fd);
    }
}
