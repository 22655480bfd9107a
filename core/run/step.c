// step.c - the job step that this process is a rank of, as its launcher tells.
//
// Launchers leave their names in the environment; sources: srun(1),
// flux-run(1), Open MPI's and PMIx's documentation, Cray's pals(7), qsub(1),
// bsub(1).
// SPDX-License-Identifier: MIT
#include "core/run/step.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"

extern char **environ;

#define TASKS_MAX 1000000 // on one node; more is no count

// A launcher's variables: both must be there. The more precise come first: a
// launcher of ranks may itself run within a batch system's job.
static const struct launcher {
    const char *job;
    const char *step;  // NULL: the job's name is the step's too
    const char *ranks; // of the step on this node; NULL: not told
    const char *node;  // "ranks" is a list for all nodes; this one's number
} launchers[] = {
    { "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_STEP_TASKS_PER_NODE",
      "SLURM_NODEID" },
    { "FLUX_JOB_ID", NULL, NULL, NULL },
    { "PALS_APID", NULL, "PALS_LOCAL_SIZE", NULL },
    { "PMIX_NAMESPACE", NULL, "OMPI_COMM_WORLD_LOCAL_SIZE", NULL },
    { "PBS_JOBID", NULL, NULL, NULL },
    { "LSB_JOBID", "LSB_JOBINDEX", NULL, NULL },
};

// How names of variables begin that are for ranks: of the launchers above, and
// of what MPI's libraries are told by (PMI, PMI2, PMIx, and their own).
static const char *const for_ranks[] = {
    "SLURM_",
    "SLURMD_",
    "FLUX_",
    "PALS_",
    "PBS_",
    "LSB_",
    "PMI_",
    "PMI2_",
    "PMIX_",
    "OMPI_",
    "PRTE_",
    "MPI_",
    "UCX_",
    "FI_",
    "CUDA_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "OMP_",
};

#define LAUNCHERS (sizeof launchers / sizeof launchers[0])

// "" if it is not there.
static const char *text_of(const char *const *env, const char *variable)
{
    size_t length = variable == NULL ? 0 : strlen(variable);
    const char *text = "";

    for (; length > 0 && env != NULL && *env != NULL; env++)
        if (strncmp(*env, variable, length) == 0 && (*env)[length] == '=')
            text = *env + length + 1;
    return text;
}

static const char *const *own_env(void)
{
    return (const char *const *)environ;
}

unsigned step_tasks(const char *list, unsigned node)
{
    while (true) {
        char *end;
        unsigned long tasks = strtoul(list, &end, 10);
        unsigned long nodes = 1;

        if (end == list || tasks > TASKS_MAX)
            return 0;
        if (str_starts(end, "(x")) {
            nodes = strtoul(end + 2, &end, 10);
            if (*end++ != ')')
                return 0;
        }
        if (node < nodes)
            return (unsigned)tasks;
        if (*end != ',')
            return 0;
        node -= (unsigned)nodes;
        list = end + 1;
    }
}

static unsigned ranks_of(const char *const *env,
                         const struct launcher *launcher)
{
    uint64_t node = 0;

    if (launcher->node != NULL)
        (void)str_to_u64(text_of(env, launcher->node), &node); // then it is one
    return step_tasks(text_of(env, launcher->ranks), (unsigned)node);
}

char *step_find_in(const char *const *env, unsigned *expected)
{
    *expected = 0;
    for (size_t i = 0; i < LAUNCHERS; i++) {
        const struct launcher *l = &launchers[i];
        const char *job = text_of(env, l->job);
        const char *step = text_of(env, l->step);

        if (job[0] == '\0' || (l->step != NULL && step[0] == '\0'))
            continue;
        *expected = ranks_of(env, l);
        return str_printf("%s=%s.%s", l->job, job, step);
    }
    return NULL;
}

char *step_find(unsigned *expected)
{
    return step_find_in(own_env(), expected);
}

static bool is_for_ranks(const char *variable)
{
    for (size_t i = 0; i < sizeof for_ranks / sizeof for_ranks[0]; i++)
        if (str_starts(variable, for_ranks[i]))
            return true;
    return false;
}

int step_list_variables(struct strlist *list)
{
    for (char **one = environ; one != NULL && *one != NULL; one++)
        if (is_for_ranks(*one) && strlist_add(list, *one) < 0)
            return -1;
    return 0;
}

const char *step_job(void)
{
    for (size_t i = 0; i < LAUNCHERS; i++)
        if (text_of(own_env(), launchers[i].job)[0] != '\0')
            return text_of(own_env(), launchers[i].job);
    return "";
}

char *step_parent(void)
{
    return str_printf("%d", (int)getppid());
}
