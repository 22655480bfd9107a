// spec_linux.c - "linux" of config.json.
// SPDX-License-Identifier: MIT
#include <sched.h>
#include <stddef.h>
#include <sys/personality.h>

#include "core/kernel/memory_policy.h"
#include "core/oci/spec.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 // Linux 5.6
#endif

const struct choice spec_namespace_types[] = {
    { "pid", CLONE_NEWPID },
    { "network", CLONE_NEWNET },
    { "mount", CLONE_NEWNS },
    { "ipc", CLONE_NEWIPC },
    { "uts", CLONE_NEWUTS },
    { "user", CLONE_NEWUSER },
    { "time", CLONE_NEWTIME },
    { "cgroup", CLONE_NEWCGROUP },
    { NULL, 0 },
};

static const struct field namespace_fields[] = {
    { "type", FIELD_CHOICE(struct jail_namespace, type, spec_namespace_types),
      .required = true },
    { "path", FIELD_STRING(struct jail_namespace, path) },
    FIELD_END,
};

const struct field spec_map_fields[] = {
    { "containerID", FIELD_U32(struct id_range, inside), .required = true },
    { "hostID", FIELD_U32(struct id_range, outside), .required = true },
    { "size", FIELD_U32(struct id_range, count), .required = true },
    FIELD_END,
};

static const struct field device_fields[] = {
    { "path", FIELD_STRING(struct jail_device, path), .required = true },
    { "type", FIELD_STRING(struct jail_device, type), .required = true },
    { "major", FIELD_MAYBE(struct jail_device, major) },
    { "minor", FIELD_MAYBE(struct jail_device, minor) },
    { "fileMode", FIELD_MAYBE(struct jail_device, mode) },
    { "uid", FIELD_U32(struct jail_device, uid) },
    { "gid", FIELD_U32(struct jail_device, gid) },
    FIELD_END,
};

static const struct field clock_fields[] = {
    { "secs", FIELD_MAYBE(struct jail_clock, seconds) },
    { "nanosecs", FIELD_U32(struct jail_clock, nanoseconds) },
    FIELD_END,
};

static const struct field clocks_fields[] = {
    { "monotonic", FIELD_OBJECT(struct spec, jail.monotonic, clock_fields) },
    { "boottime", FIELD_OBJECT(struct spec, jail.boottime, clock_fields) },
    FIELD_END,
};

static const struct field memory_policy_fields[] = {
    { "mode",
      FIELD_CHOICE(struct jail_memory_policy, mode, memory_policy_modes),
      .required = true, .noun = "invalid memory policy mode" },
    { "nodes", FIELD_STRING(struct jail_memory_policy, nodes) },
    { "flags",
      FIELD_FLAGS(struct jail_memory_policy, flags, memory_policy_flags),
      .noun = "invalid memory policy flag" },
    FIELD_END,
};

static const struct choice personalities[] = {
    { "LINUX", PER_LINUX },
    { "LINUX32", PER_LINUX32 },
    { NULL, 0 },
};

// "Currently no flag values are supported."
static const struct choice personality_flags[] = { { NULL, 0 } };

static const struct field personality_fields[] = {
    { "domain", FIELD_CHOICE(struct jail_personality, domain, personalities),
      .required = true },
    { "flags", FIELD_FLAGS(struct jail_personality, flags, personality_flags) },
    FIELD_END,
};

const struct field spec_linux_fields[] = {
    { "namespaces", FIELD_LIST(struct spec, jail.namespaces,
                               jail.namespace_count, namespace_fields) },
    { "uidMappings", FIELD_LIST(struct spec, jail.uid_map, jail.uid_map_count,
                                spec_map_fields) },
    { "gidMappings", FIELD_LIST(struct spec, jail.gid_map, jail.gid_map_count,
                                spec_map_fields) },
    { "devices",
      FIELD_LIST(struct spec, jail.devices, jail.device_count, device_fields) },
    { "sysctl", FIELD_PAIRS(struct spec, jail.sysctl, jail.sysctl_count) },
    { "rootfsPropagation", FIELD_STRING(struct spec, jail.root_propagation) },
    { "maskedPaths", FIELD_STRINGS(struct spec, jail.masked_paths) },
    { "readonlyPaths", FIELD_STRINGS(struct spec, jail.read_only_paths) },
    { "cgroupsPath", FIELD_STRING(struct spec, cgroups_path) },
    { "resources",
      FIELD_OBJECT(struct spec, resources, spec_resources_fields) },
    { "seccomp", FIELD_OBJECT(struct spec, jail.filter, spec_seccomp_fields),
      FIELD_SETS(struct spec, jail.has_filter) },
    { "intelRdt", FIELD_OBJECT(struct spec, intel_rdt, spec_intel_rdt_fields),
      FIELD_SETS(struct spec, intel_rdt.given) },
    { "timeOffsets", FIELD_HERE(clocks_fields),
      FIELD_SETS(struct spec, jail.has_clocks) },
    { "memoryPolicy",
      FIELD_OBJECT(struct spec, jail.memory_policy, memory_policy_fields),
      FIELD_SETS(struct spec, jail.memory_policy.given) },
    { "personality",
      FIELD_OBJECT(struct spec, jail.personality, personality_fields),
      FIELD_SETS(struct spec, jail.personality.given) },
    { "netDevices", FIELD_JSON(struct spec, net_devices) },
    { "mountLabel", FIELD_STRING(struct spec, jail.mount_label) },
    FIELD_END,
};
