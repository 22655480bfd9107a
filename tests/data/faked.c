// faked.c - calls that need privilege, as programs of several architectures
// make them.
//
// By number, past the C library: that is how the filter of ch-run --seccomp
// sees them. All aim at the file "target" in the working directory.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/data/probe.h"

#define OTHER 4242 // an id that is not the caller's

static struct __user_cap_header_struct head = {
    .version = _LINUX_CAPABILITY_VERSION_3
};
static struct __user_cap_data_struct all[2] = { { .effective = ~0u,
                                                  .permitted = ~0u } };
static unsigned groups[] = { OTHER };
static const char target[] = "target";
static const char node[] = "node";

#define P(pointer) ((long)(pointer))

struct call {
    const char *name;
    long number, arguments[5];
};

static const struct call native[] = {
    { "capset", SYS_capset, { P(&head), P(all) } },
    { "fchownat", SYS_fchownat, { AT_FDCWD, P(target), OTHER, OTHER } },
    { "fchown", SYS_fchown, { 0, OTHER, OTHER } },
    { "kexec_load", SYS_kexec_load, { 0 } },
    { "setfsgid", SYS_setfsgid, { OTHER } },
    { "setfsuid", SYS_setfsuid, { OTHER } },
    { "setgid", SYS_setgid, { OTHER } },
    { "setgroups", SYS_setgroups, { 1, P(groups) } },
    { "setregid", SYS_setregid, { OTHER, OTHER } },
    { "setresgid", SYS_setresgid, { OTHER, OTHER, OTHER } },
    { "setresuid", SYS_setresuid, { OTHER, OTHER, OTHER } },
    { "setreuid", SYS_setreuid, { OTHER, OTHER } },
    { "setuid", SYS_setuid, { OTHER } },
    { "mknodat-char",
      SYS_mknodat,
      { AT_FDCWD, P(node), S_IFCHR | 0666, 0x103 } },
    { "mknodat-block",
      SYS_mknodat,
      { AT_FDCWD, P(node), S_IFBLK | 0666, 0x103 } },
#ifdef SYS_chown
    { "chown", SYS_chown, { P(target), OTHER, OTHER } },
    { "lchown", SYS_lchown, { P(target), OTHER, OTHER } },
    { "mknod-char", SYS_mknod, { P(node), S_IFCHR | 0666, 0x103 } },
    { "mknod-block", SYS_mknod, { P(node), S_IFBLK | 0666, 0x103 } },
#endif
};

static long call_native(const struct call *c)
{
    const long *a = c->arguments;

    return syscall(c->number, a[0], a[1], a[2], a[3], a[4]);
}

#ifdef __x86_64__
// Of i386, whose pointers end at 4 GiB, as those of a program that is not
// position-independent do.
static const struct call i386[] = {
    { "i386 chown", 182, { P(target), OTHER, OTHER } },
    { "i386 chown32", 212, { P(target), OTHER, OTHER } },
    { "i386 fchown32", 207, { 0, OTHER, OTHER } },
    { "i386 fchownat", 298, { AT_FDCWD, P(target), OTHER, OTHER } },
    { "i386 lchown32", 198, { P(target), OTHER, OTHER } },
    { "i386 setuid", 23, { OTHER } },
    { "i386 setuid32", 213, { OTHER } },
    { "i386 setgroups32", 206, { 1, P(groups) } },
    { "i386 mknod", 14, { P(node), S_IFCHR | 0666, 0x103 } },
};
static const struct call x32[] = {
    { "x32 chown", 0x40000000 + 92, { P(target), OTHER, OTHER } },
    { "x32 setuid", 0x40000000 + 105, { OTHER } },
};

static long call_i386(const struct call *c)
{
    const long *a = c->arguments;
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(c->number), "b"(a[0]), "c"(a[1]), "d"(a[2]),
                       "S"(a[3])
                     : "memory", "r8", "r9", "r10", "r11");
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}
#endif

static void report(const struct call *calls, size_t count,
                   long (*call)(const struct call *))
{
    for (size_t i = 0; i < count; i++) {
        long result = call(&calls[i]);

        printf("%s: %ld%s%s\n", calls[i].name, result, result < 0 ? ", " : "",
               result < 0 ? strerror(errno) : "");
    }
}

int faked(char **argv)
{
    (void)argv;
    report(native, sizeof native / sizeof *native, call_native);
#ifdef __x86_64__
    report(i386, sizeof i386 / sizeof *i386, call_i386);
    report(x32, sizeof x32 / sizeof *x32, call_native);
#endif
    return 0;
}
