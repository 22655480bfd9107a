// seal.c - run from a copy of this program that nobody can write to.
//
// The copy is of the mount, not of the file: a mount of this file alone, in no
// mount namespace, read-only. Whoever opens the file by way of a process gets
// it by this mount; and since its descriptor is closed by execve(2), the kernel
// takes it for unmounted, so that no privilege changes its options any more. It
// shares the pages of the original, and takes a tenth of a millisecond.
//
// Who may not mount gets a sealed file in memory, which takes thirty to sixty
// times that and the size of the program in memory; but he seldom needs one. In
// a user namespace of his own, root of the container has no more rights to this
// file than the caller has: none, if it belongs to the host's root and has the
// mode of programs.
// SPDX-License-Identifier: MIT
#include "core/run/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/caps.h"
#include "core/kernel/mount.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u // Linux 6.3
#endif

#define SELF "/proc/self/exe"
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

extern char **environ;

// Executed by a descriptor, of a file that can't be written to by it: only that
// is ours, as the path of any other is told by the kernel.
static bool is_sealed(void)
{
    unsigned long address = getauxval(AT_EXECFN);
    cleanup_close int fd = -1;
    const char *executed;
    struct statvfs fs;

    memcpy(&executed, &address, sizeof executed);
    if (executed == NULL || !str_starts(executed, "/dev/fd/"))
        return false;
    if (statvfs(SELF, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0)
        return true;
    fd = open(SELF, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && fcntl(fd, F_GET_SEALS) == ALL_SEALS;
}

static bool is_out_of_reach(void)
{
    struct stat st;

    return geteuid() != 0 && !caps_may_mount() && stat(SELF, &st) == 0 &&
           st.st_uid == 0 && access(SELF, W_OK) < 0;
}

// A descriptor, or -1 with errno.
static int copy_mount(void)
{
    cleanup_close int file = open(SELF, O_PATH | O_CLOEXEC);
    cleanup_close int copy = file < 0 ? -1 : mount_copy(file);

    if (copy < 0 || mount_set_read_only(copy, false) < 0)
        return -1;
    return steal_fd(&copy);
}

static int make_file(void)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("ch-oci", flags | MFD_EXEC);

    return fd < 0 && errno == EINVAL ? memfd_create("ch-oci", flags) : fd;
}

static int copy_file(void)
{
    cleanup_close int from = open(SELF, O_RDONLY | O_CLOEXEC);
    cleanup_close int copy = from < 0 ? -1 : make_file();
    struct stat st;
    off_t at = 0;

    if (copy < 0 || fstat(from, &st) < 0)
        return -1;
    while (at < st.st_size)
        if (sendfile(copy, from, &at, (size_t)(st.st_size - at)) <= 0)
            return -1;
    return fcntl(copy, F_ADD_SEALS, ALL_SEALS) < 0 ? -1 : steal_fd(&copy);
}

int seal_program(const char *name, char **argv)
{
    cleanup_close int copy = -1;
    cleanup_free char *first = str_dup(name);
    char *own = argv[0];

    if (is_sealed()) {
        // else it is the number of a descriptor
        (void)prctl(PR_SET_NAME, name);
        return 0;
    }
    if (is_out_of_reach())
        return 0;
    copy = copy_mount();
    if (copy < 0) {
        log_why("the program's mount can't be copied, but its file can");
        copy = copy_file();
    }
    if (copy < 0)
        return failed(errno, "can't copy this program to keep it from being "
                             "overwritten by a container");
    argv[0] = first;
    if (first != NULL)
        syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
    argv[0] = own;
    return failed(errno, "can't execute the sealed copy of this program");
}
