// jail_settings.c - settings of a container that the kernel keeps under names:
// hostname, sysctl, oom_score_adj.
//
// By the /proc of the container's maker, before the pivot: files of /proc/sys
// are those of the namespaces of whoever opens them, and the container's own
// /proc could be anything (CVE-2025-52881).
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/errno_text.h"
#include "core/base/log.h"
#include "core/kernel/procfs.h"
#include "core/run/jail_work.h"

#define SETTINGS "sys/" // below /proc

// "net.ipv4.ip_forward" or "net/ipv4/ip_forward"; in the latter, a dot is part
// of a name (sysctl(8)).
static int find_setting(char path[PATH_MAX], const char *name)
{
    size_t first = strcspn(name, "./");
    int n = snprintf(path, PATH_MAX, SETTINGS "%s", name);

    if (n < 0 || n >= PATH_MAX || name[0] == '\0' || name[0] == '/' ||
        strstr(name, "..") != NULL)
        return failed(0, "linux.sysctl: not a name: %s", name);
    if (name[first] == '.')
        for (char *at = path + strlen(SETTINGS); *at != '\0'; at++)
            if (*at == '.' || *at == '/')
                *at = *at == '.' ? '/' : '.';
    return 0;
}

static int set_one(int proc, const struct pair *setting)
{
    char path[PATH_MAX];

    if (find_setting(path, setting->name) < 0)
        return -1;
    if (procfs_poke(proc, path, setting->value) < 0)
        return failed(errno, "linux.sysctl: can't set %s to %s", setting->name,
                      setting->value);
    return 0;
}

static int set_names(const struct jail *plan)
{
    if (plan->hostname != NULL &&
        sethostname(plan->hostname, strlen(plan->hostname)) < 0)
        return failed(errno, "can't set the hostname to %s", plan->hostname);
    if (plan->domainname != NULL &&
        setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
        return failed(errno, "can't set the domainname to %s",
                      plan->domainname);
    return 0;
}

int jail_apply_settings(const struct jail_work *work)
{
    const struct jail *plan = work->plan;

    if (set_names(plan) < 0)
        return -1;
    for (size_t i = 0; i < plan->sysctl_count; i++)
        if (set_one(work->proc, &plan->sysctl[i]) < 0)
            return -1;
    return 0;
}

int jail_set_oom_score(const struct jail_work *work)
{
    const struct maybe *score = &work->plan->process.oom_score_adj;
    char text[32];

    if (!score->set)
        return 0;
    snprintf(text, sizeof text, "%lld", (long long)score->number);
    if (procfs_poke(work->proc, "self/oom_score_adj", text) == 0)
        return 0;
    if (jail_find_namespace(work->plan, CLONE_NEWUSER) == NULL)
        return failed(errno, "can't set process.oomScoreAdj to %s", text);
    log_step("process.oomScoreAdj stays as it is: %s", errno_text(errno));
    return 0;
}
