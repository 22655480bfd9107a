// capabilities.c - the five sets of a process's capabilities.
//
// By the bare system calls: sys/capability.h is libcap's.
// SPDX-License-Identifier: MIT
#include "core/kernel/capabilities.h"

#include <errno.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"

// In the order of their numbers (linux/capability.h).
static const char *const names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

#define COUNT ((unsigned)(sizeof names / sizeof names[0]))
#define PREFIX 4             // bytes of "CAP_"
#define VERSION_3 0x20080522 // capget(2)

struct head {
    uint32_t version;
    int pid;
};

struct half {
    uint32_t effective, permitted, inheritable;
};

int capabilities_find(const char *name)
{
    for (unsigned i = 0; i < COUNT; i++)
        if (strcasecmp(name, names[i]) == 0 ||
            strcasecmp(name, names[i] + PREFIX) == 0)
            return (int)i;
    return -1;
}

const char *capabilities_name(unsigned number)
{
    return number < COUNT ? names[number] : NULL;
}

// prctl(2) tells of those that it knows whether they are in the bounding set.
uint64_t capabilities_known(void)
{
    uint64_t known = 0;

    for (unsigned i = 0; i < 64; i++)
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0)
            known |= UINT64_C(1) << i;
        else
            break;
    return known;
}

uint64_t capabilities_held(void)
{
    struct head head = { VERSION_3, 0 };
    struct half halves[2] = { { 0 } };

    if (syscall(SYS_capget, &head, halves) < 0)
        return 0;
    return halves[0].permitted | (uint64_t)halves[1].permitted << 32;
}

int capabilities_bound(uint64_t bounding)
{
    for (unsigned i = 0; i < 64; i++) {
        if ((bounding >> i & 1) != 0 || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
            continue;
        if (errno == EINVAL) // the kernel knows no more
            return 0;
        // without the privilege to drop it, it matters only if it is there
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
            return failed(EPERM, "can't drop %s from the bounding set",
                          i < COUNT ? names[i] : "a capability");
    }
    return 0;
}

int capabilities_keep(void)
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return failed(errno, "can't keep capabilities");
    return 0;
}

static int set_ambient(uint64_t ambient)
{
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
        errno != EINVAL) // Linux before 4.3 has none
        return failed(errno, "can't clear the ambient capabilities");
    for (unsigned i = 0; i < 64; i++)
        if ((ambient >> i & 1) != 0 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
            log_step("can't raise ambient capability %s: it must be permitted "
                     "and inheritable",
                     i < COUNT ? names[i] : "of the kernel's");
    return 0;
}

int capabilities_set(const struct capabilities *sets)
{
    struct head head = { VERSION_3, 0 };
    struct half halves[2];

    for (int i = 0; i < 2; i++)
        halves[i] = (struct half){ (uint32_t)(sets->effective >> 32 * i),
                                   (uint32_t)(sets->permitted >> 32 * i),
                                   (uint32_t)(sets->inheritable >> 32 * i) };
    if (syscall(SYS_capset, &head, halves) < 0)
        return failed(errno, "can't set the capabilities");
    return set_ambient(sets->ambient);
}
