// spec_check_sysctl.c - which settings of the kernel a container may change.
//
// /proc/sys is only in parts a namespace's. A process of root's may write to
// all of it, so whatever is not kept by a namespace of the container would be
// the host's from then on: crun and runc refuse it, too.
// SPDX-License-Identifier: MIT
#include <sched.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/kernel/ns.h"
#include "core/oci/spec.h"

// ipc_namespaces(7), network_namespaces(7), uts_namespaces(7),
// namespaces(7) of /proc/sys/user. A name that ends in a dot is a prefix.
static const struct {
    const char *name;
    int type;
} settings[] = {
    { "kernel.msgmax", CLONE_NEWIPC },
    { "kernel.msgmnb", CLONE_NEWIPC },
    { "kernel.msgmni", CLONE_NEWIPC },
    { "kernel.sem", CLONE_NEWIPC },
    { "kernel.shmall", CLONE_NEWIPC },
    { "kernel.shmmax", CLONE_NEWIPC },
    { "kernel.shmmni", CLONE_NEWIPC },
    { "kernel.shm_rmid_forced", CLONE_NEWIPC },
    { "kernel.msg_next_id", CLONE_NEWIPC },
    { "kernel.sem_next_id", CLONE_NEWIPC },
    { "kernel.shm_next_id", CLONE_NEWIPC },
    { "fs.mqueue.", CLONE_NEWIPC },
    { "kernel.domainname", CLONE_NEWUTS },
    { "net.", CLONE_NEWNET },
    { "user.", CLONE_NEWUSER },
};

// With dots between its parts: either form is allowed (sysctl(8)). The caller
// frees.
static char *dotted(const char *given)
{
    char *name = str_dup(given);

    if (name != NULL && name[strcspn(name, "./")] == '/')
        for (char *at = name; *at != '\0'; at++)
            if (*at == '/' || *at == '.')
                *at = *at == '/' ? '.' : '/';
    return name;
}

static bool is_of(const char *name, const char *setting)
{
    return str_ends(setting, ".") ? str_starts(name, setting)
                                  : strcmp(name, setting) == 0;
}

// The type of the namespace that keeps the setting; 0: none does.
static int keeper_of(const char *name)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (is_of(name, settings[i].name))
            return settings[i].type;
    return 0;
}

static int check_one(const struct jail *plan, const struct pair *one,
                     const char *file)
{
    cleanup_free char *name = dotted(one->name);
    int type;

    if (name == NULL)
        return -1;
    if (strstr(one->name, "..") != NULL || one->name[0] == '/' ||
        one->name[0] == '\0')
        return 0; // whoever is to set it says what it is
    if (strcmp(name, "kernel.hostname") == 0)
        return failed(0, "%s: linux.sysctl: %s: \"hostname\" sets it", file,
                      one->name);
    type = keeper_of(name);
    if (type == 0)
        return failed(0,
                      "%s: linux.sysctl: %s: no namespace keeps it, it is the "
                      "host's",
                      file, one->name);
    if (jail_find_namespace(plan, type) == NULL)
        return failed(0,
                      "%s: linux.sysctl: %s: it is the host's, as there is no "
                      "%s namespace",
                      file, one->name, ns_type(type));
    if (strcmp(name, "kernel.domainname") == 0 && plan->domainname != NULL &&
        strcmp(plan->domainname, one->value) != 0)
        return failed(0, "%s: linux.sysctl: %s: \"domainname\" sets it to %s",
                      file, one->name, plan->domainname);
    return 0;
}

int spec_check_sysctl(const struct jail *plan, const char *name)
{
    for (size_t i = 0; i < plan->sysctl_count; i++)
        if (check_one(plan, &plan->sysctl[i], name) < 0)
            return -1;
    return 0;
}
