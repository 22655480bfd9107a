// job_step.c - a container that is a rank of a batch system's job step.
//
// What Slurm does was found by watching it; doc/slurm.md tells more.
// SPDX-License-Identifier: MIT
#include "core/oci/job_step.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/step.h"

// The step that salloc makes for a shell; its command is the user's $SHELL.
#define INTERACTIVE_STEP "4294967290" // SLURM_INTERACTIVE_STEP of slurm.h

// Variables of which each shows that it is a step; which of them there are is
// the site's choice (EnvExclude).
static const char *const marks[] = { "SLURM_CONTAINER", "SLURM_JOB_ID",
                                     "SLURM_PROCID" };

// Files that a batch step is given, but nobody reads.
static const char *const unread[] = { "/tmp/slurm/stdin", "/tmp/slurm/stdout",
                                      "/tmp/slurm/stderr" };

// The value of a variable of the process; NULL: none. The last one counts.
static const char *find_variable(const struct spec *spec, const char *name)
{
    const char *const *env = spec->jail.process.env;
    size_t length = strlen(name);
    const char *value = NULL;

    for (; env != NULL && *env != NULL; env++)
        if (strncmp(*env, name, length) == 0 && (*env)[length] == '=')
            value = *env + length + 1;
    return value;
}

// Is it this directory, but for slashes at its end?
static bool is_path(const char *path, const char *directory, size_t length)
{
    return length > 1 && path != NULL &&
           strncmp(path, directory, length) == 0 &&
           path[length + strspn(path + length, "/")] == '\0';
}

// The length of the path of the step's folder, in which the bundle is.
static size_t step_length(const char *bundle)
{
    const char *slash = bundle != NULL ? strrchr(bundle, '/') : NULL;

    return slash != NULL ? (size_t)(slash - bundle) : 0;
}

// The rank's own folder, which is the bundle, is shown to it (MountSpoolDir).
static bool is_spool(const struct spec *spec, const struct jail_mount *mount)
{
    const char *bundle = spec->jail.bundle;

    return bundle != NULL && is_path(mount->source, bundle, strlen(bundle));
}

// Since Slurm 25.05, that of the step is in its place, at its own path. A
// container that is no rank may have its bundle's parent folder, too.
static bool is_step(const struct spec *spec, const struct jail_mount *mount)
{
    const char *bundle = spec->jail.bundle;
    size_t length = step_length(bundle);

    return is_path(mount->source, bundle, length) &&
           is_path(mount->destination, bundle, length);
}

static bool is_unread(const struct jail_mount *mount)
{
    for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
        if (strcmp(mount->destination, unread[i]) == 0)
            return true;
    return false;
}

bool job_step_is(const struct spec *spec)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (find_variable(spec, marks[i]) != NULL)
            return true;
    for (size_t i = 0; i < spec->jail.mount_count; i++)
        if (is_spool(spec, &spec->jail.mounts[i]))
            return true;
    return false;
}

static char *keep_text(struct spec *spec, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(arena_take(&spec->arena, size, 1), text, size);
}

// With --container, the PMIx server of the step has its shared memory in the
// folder above that of the rank, and tells nobody but the client library, by
// that path: a client that has not the file gives up.
static void add_pmix(struct spec *spec, struct jail_mount *end)
{
    static const char *const words[] = { "bind", NULL };
    char *folder;

    if (find_variable(spec, "PMIX_NAMESPACE") == NULL)
        return;
    folder = dirname(keep_text(spec, spec->jail.bundle));
    log_why("PMIx: the folder of the step is bound: %s", folder);
    *end = (struct jail_mount){
        .destination = folder,
        .type = "none",
        .source = folder,
        .options = words,
        .dispensable = true,
    };
    spec->jail.mount_count++;
}

static void adapt_mounts(struct spec *spec)
{
    struct jail *plan = &spec->jail;
    struct jail_mount *copy =
        arena_take(&spec->arena, plan->mount_count + 1, sizeof *copy);
    bool ours = false; // is Slurm's own among them?
    bool step = false; // and the step's folder?

    for (size_t i = 0; i < plan->mount_count; i++) {
        bool whole = is_step(spec, &plan->mounts[i]);
        bool spool = whole || is_spool(spec, &plan->mounts[i]);

        copy[i] = plan->mounts[i];
        // a program that does without them runs although they can't be mounted
        copy[i].dispensable = spool || is_unread(&copy[i]);
        ours = ours || spool;
        step = step || whole;
    }
    plan->mounts = copy;
    if (ours && !step)
        add_pmix(spec, copy + plan->mount_count);
}

// What the ranks of the step on this node have in common: the step's name, or
// the folder that all of their bundles are in.
static int name_step(struct spec *spec)
{
    struct jail *plan = &spec->jail;
    cleanup_free char *step =
        step_find_in(plan->process.env, &plan->step_ranks);

    if (step == NULL && err_text()[0] == '\0' && plan->bundle != NULL) {
        step = str_dup(plan->bundle);
        if (step != NULL)
            dirname(step);
    }
    if (step == NULL)
        return -1;
    plan->step = keep_text(spec, step);
    return 0;
}

int job_step_adapt(struct spec *spec)
{
    struct jail *plan = &spec->jail;
    const char *step = find_variable(spec, "SLURM_STEP_ID");
    const char *rank = find_variable(spec, "SLURM_PROCID");

    if (!job_step_is(spec))
        return 0;
    log_step("a rank of a job step");
    plan->keep_image = true;
    plan->foreign_path = true;
    plan->any_shell = step != NULL && strcmp(step, INTERACTIVE_STEP) == 0;
    plan->first_rank = rank == NULL || strcmp(rank, "0") == 0;
    adapt_mounts(spec);
    return name_step(spec);
}
