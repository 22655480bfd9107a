// cgroup_devices.h - which devices processes of a control group may use.
//
// Version 1 has files for it; version 2 asks a program of ours, in the kernel's
// eBPF (cgroup-v2.rst, "Device controller"), which is written here.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum device_access {
    DEVICE_MAKE = 1 << 0, // mknod(2); the numbers are the kernel's own
    DEVICE_READ = 1 << 1,
    DEVICE_WRITE = 1 << 2,
};
#define DEVICE_ALL_ACCESS (DEVICE_MAKE | DEVICE_READ | DEVICE_WRITE)

#define DEVICE_ANY (-1)

struct device_rule {
    bool allow;
    char type;            // 'c', 'b'; 'a': both
    int32_t major, minor; // DEVICE_ANY: all
    unsigned access;      // enum device_access, or'ed
};

// The last rule that fits decides, for each kind of access by itself; what fits
// none is allowed. 0, or -1 with errno; E2BIG: too many rules.
int cgroup_devices_set(int group, const struct device_rule *rules,
                       size_t count);

// The program for the rules, in 8-byte instructions that the caller frees. NULL
// with errno.
struct bpf_insn *cgroup_devices_program(const struct device_rule *rules,
                                        size_t count, size_t *length);
