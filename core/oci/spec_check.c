// spec_check.c - what the specification demands of config.json beyond types.
//
// Sources: config.md and config-linux.md of the runtime specification, where
// they say MUST. Members that are known to nobody are no error: "Runtimes MUST
// NOT generate an error if they encounter an unknown property."
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/number_list.h"
#include "core/kernel/memory_policy.h"
#include "core/kernel/ns.h"
#include "core/oci/spec.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 // Linux 5.6
#endif

// "1.0.2-dev": a version of the specification's first edition (semver.org).
static int check_version(const char *name, const char *version)
{
    const char *at = version;

    for (int part = 0; part < 3; part++) {
        if (!isdigit((unsigned char)*at))
            return failed(0, "%s: ociVersion: not a version: %s", name,
                          version);
        at += strspn(at, "0123456789");
        if (part < 2 && *at++ != '.')
            return failed(0, "%s: ociVersion: not a version: %s", name,
                          version);
    }
    if (strtol(version, NULL, 10) > 1)
        return failed(0, "%s: ociVersion: %s is not supported, but 1.x is",
                      name, version);
    return 0;
}

static int check_rlimits(const struct jail_process *process, const char *name)
{
    for (size_t i = 0; i < process->rlimit_count; i++) {
        const struct jail_rlimit *one = &process->rlimits[i];

        if (one->soft > one->hard)
            return failed(0, "%s: process.rlimits[%zu]: soft is more than hard",
                          name, i);
        for (size_t k = 0; k < i; k++)
            if (process->rlimits[k].resource == one->resource)
                return failed(0,
                              "%s: process.rlimits[%zu].type: the same as in "
                              "rlimits[%zu]",
                              name, i, k);
    }
    return 0;
}

// A list of numbers that may be missing.
static int check_list(const char *text, const char *name, const char *member)
{
    struct number_list list;

    if (text != NULL && number_list_read(&list, text) < 0)
        return failed(0, "%s: %s: not a list of numbers: %s", name, member,
                      text);
    return 0;
}

// sched_setattr(2) would say EINVAL, and not why.
static int check_deadline(const struct scheduler *s, const char *name)
{
    const uint64_t shortest = 1024; // nanoseconds
    const char *wrong = NULL;

    if (s->runtime == 0)
        wrong = s->has_runtime ? "runtime must be greater than 0"
                               : "requires `runtime`";
    else if (s->deadline == 0)
        wrong = "requires `deadline`";
    else if (s->runtime < shortest || s->runtime > INT64_MAX)
        wrong = "runtime must be between 1024 nanoseconds and 2^63";
    else if (s->runtime > s->deadline)
        wrong = "runtime must be <= deadline";
    else if (s->period != 0 && s->deadline > s->period)
        wrong = "deadline must be <= period";
    if (wrong == NULL)
        return 0;
    return failed(0,
                  "%s: process.scheduler: sched_setattr: `SCHED_DEADLINE` %s",
                  name, wrong);
}

static int check_turns(const struct jail_process *process, const char *name)
{
    const int last_level = 7;

    if (process->has_disk_priority &&
        (process->disk_priority.level < 0 ||
         process->disk_priority.level > last_level))
        return failed(0, "%s: process.ioPriority.priority: not from 0 to %d",
                      name, last_level);
    if (process->has_scheduler &&
        process->scheduler.policy == SCHEDULER_DEADLINE &&
        check_deadline(&process->scheduler, name) < 0)
        return -1;
    if (check_list(process->first_cpus, name,
                   "process.execCPUAffinity.initial") < 0)
        return -1;
    return check_list(process->final_cpus, name,
                      "process.execCPUAffinity.final");
}

int spec_check_process(const struct jail_process *process, const char *name)
{
    if (process->cwd[0] != '/')
        return failed(0, "%s: process.cwd: not an absolute path: %s", name,
                      process->cwd);
    if (process->args == NULL || process->args[0] == NULL)
        return failed(0, "%s: process.args: needs one word at least", name);
    return check_rlimits(process, name) < 0 ? -1 : check_turns(process, name);
}

static int check_namespaces(const struct jail *plan, const char *name)
{
    for (size_t i = 0; i < plan->namespace_count; i++) {
        const struct jail_namespace *one = &plan->namespaces[i];

        if (one->path != NULL && one->path[0] != '\0' && one->path[0] != '/')
            return failed(0, "%s: linux.namespaces[%zu].path: not absolute: %s",
                          name, i, one->path);
        for (size_t k = 0; k < i; k++)
            if (plan->namespaces[k].type == one->type)
                return failed(0,
                              "%s: linux.namespaces[%zu].type: there are two "
                              "of %s",
                              name, i, ns_type(one->type));
    }
    return 0;
}

// A new one, of its own.
static bool makes(const struct jail *plan, int type)
{
    const struct jail_namespace *one = jail_find_namespace(plan, type);

    return one != NULL && (one->path == NULL || one->path[0] == '\0');
}

// set_mempolicy(2) would say EINVAL, and not why.
static int check_memory_policy(const struct jail_memory_policy *policy,
                               const char *name)
{
    const char *text = policy->nodes != NULL ? policy->nodes : "";
    struct number_list nodes;

    if (number_list_read(&nodes, text) < 0)
        return failed(0,
                      "%s: linux.memoryPolicy.nodes: invalid memory policy "
                      "nodes: %s",
                      name, text);
    if (policy->given && policy->mode == MEMORY_POLICY_DEFAULT &&
        nodes.count > 0)
        return failed(0,
                      "%s: linux.memoryPolicy: invalid memory policy: this "
                      "mode requires 0 nodes but got %zu",
                      name, nodes.count);
    return 0;
}

static int check_uses(const struct jail *plan, const char *name)
{
    static const char *const texts[] = { "hostname", "domainname" };
    const char *const values[] = { plan->hostname, plan->domainname };

    for (size_t i = 0; i < 2; i++)
        if (values[i] != NULL &&
            jail_find_namespace(plan, CLONE_NEWUTS) == NULL)
            return failed(0, "%s: %s: there is no uts namespace to set it in",
                          name, texts[i]);
    if (plan->has_clocks && !makes(plan, CLONE_NEWTIME))
        return failed(0,
                      "%s: linux.timeOffsets: there is no new time namespace "
                      "to set them in",
                      name);
    return check_memory_policy(&plan->memory_policy, name);
}

static int check_hooks(const char *kind, const struct jail_hooks *hooks,
                       const char *name)
{
    for (size_t i = 0; i < hooks->count; i++) {
        const struct jail_hook *one = &hooks->items[i];

        if (one->path[0] != '/')
            return failed(0, "%s: hooks.%s[%zu].path: not absolute: %s", name,
                          kind, i, one->path);
        if (one->timeout.set && one->timeout.number <= 0)
            return failed(0, "%s: hooks.%s[%zu].timeout: not above 0", name,
                          kind, i);
    }
    return 0;
}

static int check_all_hooks(const struct spec *spec, const char *name)
{
    if (check_hooks("prestart", &spec->prestart, name) < 0 ||
        check_hooks("createRuntime", &spec->create_runtime, name) < 0 ||
        check_hooks("createContainer", &spec->jail.create_hooks, name) < 0 ||
        check_hooks("startContainer", &spec->jail.start_hooks, name) < 0 ||
        check_hooks("poststart", &spec->poststart, name) < 0)
        return -1;
    return check_hooks("poststop", &spec->poststop, name);
}

int spec_check(const struct spec *spec, const char *name)
{
    if (check_version(name, spec->version) < 0 ||
        check_namespaces(&spec->jail, name) < 0 ||
        check_uses(&spec->jail, name) < 0 || check_all_hooks(spec, name) < 0 ||
        spec_check_linux(spec, name) < 0 || spec_check_bare(spec, name) < 0 ||
        spec_resources_check(&spec->resources, name) < 0)
        return -1;
    if (!spec->has_process)
        return 0;
    return spec_check_process(&spec->jail.process, name);
}
