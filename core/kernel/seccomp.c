// seccomp.c - system calls that are answered by a filter, not by the kernel.
//
// Package managers insist on giving files to many owners. In a user namespace
// with one id they cannot, and mostly need not: it is enough that they believe
// it (Charliecloud's ch-run(1), --seccomp). A filter answers such a call with
// "error 0", which is success, before the kernel looks at it; nothing keeps
// the lie consistent, so stat(2) tells the truth.
//
// Processors run programs of more than one architecture, with numbers of their
// own: the filter has rules for all of them, and libseccomp the numbers.
// SPDX-License-Identifier: MIT
#include "core/kernel/seccomp.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"

#define SUCCESS SCMP_ACT_ERRNO(0)

// The calls of 32-bit architectures whose ids have 32 bits too bear a "32".
static const int faked[] = {
    SCMP_SYS(capset),     SCMP_SYS(chown),       SCMP_SYS(chown32),
    SCMP_SYS(fchown),     SCMP_SYS(fchown32),    SCMP_SYS(fchownat),
    SCMP_SYS(lchown),     SCMP_SYS(lchown32),    SCMP_SYS(kexec_load),
    SCMP_SYS(setfsgid),   SCMP_SYS(setfsgid32),  SCMP_SYS(setfsuid),
    SCMP_SYS(setfsuid32), SCMP_SYS(setgid),      SCMP_SYS(setgid32),
    SCMP_SYS(setgroups),  SCMP_SYS(setgroups32), SCMP_SYS(setregid),
    SCMP_SYS(setregid32), SCMP_SYS(setresgid),   SCMP_SYS(setresgid32),
    SCMP_SYS(setresuid),  SCMP_SYS(setresuid32), SCMP_SYS(setreuid),
    SCMP_SYS(setreuid32), SCMP_SYS(setuid),      SCMP_SYS(setuid32),
};

// Those that are faked for device files only, by the argument "mode".
static const struct {
    int number;
    unsigned mode;
} makers[] = {
    { SCMP_SYS(mknod), 1 },
    { SCMP_SYS(mknodat), 2 },
};
static const mode_t devices[] = { S_IFCHR, S_IFBLK };

// What else a processor runs.
static const struct {
    uint32_t native, other;
} siblings[] = {
    { SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
    { SCMP_ARCH_X86_64, SCMP_ARCH_X32 },
    { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
    { SCMP_ARCH_S390X, SCMP_ARCH_S390 },
};

// All of these return 0 or a negative errno, as libseccomp's functions do.

static int add_architectures(scmp_filter_ctx filter)
{
    uint32_t native = seccomp_arch_native();
    int rc = 0;

    for (size_t i = 0; i < sizeof siblings / sizeof *siblings && rc == 0; i++)
        if (siblings[i].native == native)
            rc = seccomp_arch_add(filter, siblings[i].other);
    return rc;
}

static int add_rules(scmp_filter_ctx filter)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof faked / sizeof *faked && rc == 0; i++)
        rc = seccomp_rule_add(filter, SUCCESS, faked[i], 0);
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        for (size_t d = 0; d < sizeof devices / sizeof *devices && rc == 0; d++)
            rc = seccomp_rule_add(filter, SUCCESS, makers[i].number, 1,
                                  SCMP_CMP(makers[i].mode, SCMP_CMP_MASKED_EQ,
                                           S_IFMT, devices[d]));
    return rc;
}

static int load(scmp_filter_ctx filter)
{
    // an architecture that is not known has no root emulation, but runs
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (rc == 0)
        rc = add_architectures(filter);
    if (rc == 0)
        rc = add_rules(filter);
    return rc == 0 ? seccomp_load(filter) : rc;
}

int seccomp_emulate_root(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = filter == NULL ? -ENOMEM : load(filter);

    seccomp_release(filter);
    if (rc < 0)
        return failed(-rc, "can't load the filter for root emulation "
                           "(seccomp(2), --seccomp)");
    log_why("root emulation: filter loaded");
    // without the filter this fails, for want of privilege or of sense; no
    // program has a use for it
    if (syscall(SYS_kexec_load, 0, 0, NULL, 0) != 0)
        return failed(errno, "seccomp root emulation failed (is your "
                             "architecture supported?)");
    return 0;
}
