// spec_process.c - "process" of config.json, and of exec.
// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <sys/resource.h>

#include "core/oci/spec.h"

static const struct field console_fields[] = {
    { "height", FIELD_U32(struct jail_process, console.height) },
    { "width", FIELD_U32(struct jail_process, console.width) },
    FIELD_END,
};

static const struct field user_fields[] = {
    { "uid", FIELD_U32(struct jail_user, uid) },
    { "gid", FIELD_U32(struct jail_user, gid) },
    { "umask", FIELD_MAYBE(struct jail_user, umask) },
    { "additionalGids", FIELD_NUMBERS(struct jail_user, groups, group_count) },
    FIELD_END,
};

static const struct field capabilities_fields[] = {
    { "bounding", FIELD_STRINGS(struct jail_capabilities, bounding) },
    { "effective", FIELD_STRINGS(struct jail_capabilities, effective) },
    { "inheritable", FIELD_STRINGS(struct jail_capabilities, inheritable) },
    { "permitted", FIELD_STRINGS(struct jail_capabilities, permitted) },
    { "ambient", FIELD_STRINGS(struct jail_capabilities, ambient) },
    FIELD_END,
};

static const struct choice resources[] = {
    { "RLIMIT_AS", RLIMIT_AS },
    { "RLIMIT_CORE", RLIMIT_CORE },
    { "RLIMIT_CPU", RLIMIT_CPU },
    { "RLIMIT_DATA", RLIMIT_DATA },
    { "RLIMIT_FSIZE", RLIMIT_FSIZE },
    { "RLIMIT_LOCKS", RLIMIT_LOCKS },
    { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
    { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
    { "RLIMIT_NICE", RLIMIT_NICE },
    { "RLIMIT_NOFILE", RLIMIT_NOFILE },
    { "RLIMIT_NPROC", RLIMIT_NPROC },
    { "RLIMIT_RSS", RLIMIT_RSS },
    { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
    { "RLIMIT_RTTIME", RLIMIT_RTTIME },
    { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
    { "RLIMIT_STACK", RLIMIT_STACK },
    { NULL, 0 },
};

static const struct field rlimit_fields[] = {
    { "type", FIELD_CHOICE(struct jail_rlimit, resource, resources),
      .required = true },
    { "soft", FIELD_U64(struct jail_rlimit, soft), .required = true },
    { "hard", FIELD_U64(struct jail_rlimit, hard), .required = true },
    FIELD_END,
};

static const struct field scheduler_fields[] = {
    { "policy", FIELD_CHOICE(struct scheduler, policy, scheduler_policies),
      .required = true },
    { "nice", FIELD_INT(struct scheduler, nice) },
    { "priority", FIELD_U32(struct scheduler, priority) },
    { "flags", FIELD_FLAGS(struct scheduler, flags, scheduler_flags) },
    { "runtime", FIELD_U64(struct scheduler, runtime),
      FIELD_SETS(struct scheduler, has_runtime) },
    { "deadline", FIELD_U64(struct scheduler, deadline) },
    { "period", FIELD_U64(struct scheduler, period) },
    FIELD_END,
};

static const struct field disk_fields[] = {
    { "class",
      FIELD_CHOICE(struct jail_process, disk_priority.class,
                   scheduler_disk_classes),
      .required = true },
    // an idle process has none
    { "priority", FIELD_INT(struct jail_process, disk_priority.level) },
    FIELD_END,
};

static const struct field cpus_fields[] = {
    { "initial", FIELD_STRING(struct jail_process, first_cpus) },
    { "final", FIELD_STRING(struct jail_process, final_cpus) },
    FIELD_END,
};

const struct field spec_process_fields[] = {
    { "terminal", FIELD_BOOL(struct jail_process, terminal) },
    { "consoleSize", FIELD_HERE(console_fields) },
    { "cwd", FIELD_STRING(struct jail_process, cwd), .required = true },
    { "args", FIELD_STRINGS(struct jail_process, args) },
    { "env", FIELD_STRINGS(struct jail_process, env) },
    { "user", FIELD_OBJECT(struct jail_process, user, user_fields) },
    { "capabilities",
      FIELD_OBJECT(struct jail_process, capabilities, capabilities_fields),
      FIELD_SETS(struct jail_process, capabilities.given) },
    { "rlimits",
      FIELD_LIST(struct jail_process, rlimits, rlimit_count, rlimit_fields) },
    { "noNewPrivileges", FIELD_BOOL(struct jail_process, no_new_privileges) },
    { "oomScoreAdj", FIELD_MAYBE(struct jail_process, oom_score_adj) },
    { "apparmorProfile", FIELD_STRING(struct jail_process, apparmor_profile) },
    { "selinuxLabel", FIELD_STRING(struct jail_process, selinux_label) },
    { "scheduler",
      FIELD_OBJECT(struct jail_process, scheduler, scheduler_fields),
      FIELD_SETS(struct jail_process, has_scheduler) },
    { "ioPriority", FIELD_HERE(disk_fields),
      FIELD_SETS(struct jail_process, has_disk_priority) },
    { "execCPUAffinity", FIELD_HERE(cpus_fields) },
    FIELD_END,
};
