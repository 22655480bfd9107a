// join.c - options of ch-run: who shares what with whom.
//
// Charliecloud's --join needs to know how many peers there will be; here the
// number is checked as there, and used for nothing but to wait a little longer
// for those who are late.
// SPDX-License-Identifier: MIT
#include "applets/run/args.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/run/step.h"

// Where number and tag come from when they are not given, as in Charliecloud.
static const char *const count_variables[] = { "OMPI_COMM_WORLD_LOCAL_SIZE",
                                               "SLURM_STEP_TASKS_PER_NODE",
                                               "SLURM_CPUS_ON_NODE", NULL };
static const char *const tag_variables[] = { "SLURM_STEP_ID", NULL };

// Names of variables carry further text, as "4(x2)"; options do not.
static int read_number(const char *text, const char *what, bool is_option,
                       int *number)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (end == text)
        return failed(0, "%s: no digits found", what);
    if (errno == ERANGE || n < INT_MIN || n > INT_MAX)
        return failed(0, "%s: out of range", what);
    if (is_option && *end != '\0')
        return failed(0, "%s: extra characters after digits", what);
    *number = (int)n;
    return 0;
}

// The first variable that is set, and its value; NULL: none is.
static const char *first_set(const char *const *variables, const char **value)
{
    for (; *variables != NULL; variables++) {
        *value = getenv(*variables);
        if (*value != NULL)
            return *variables;
    }
    return NULL;
}

int args_join(void *p, const char *value)
{
    (void)value; // takes none
    ((struct args *)p)->plan.peers.sharing = SHARING_CONTAINER;
    return 0;
}

int args_join_count(void *p, const char *value)
{
    struct args *args = p;

    args_join(p, NULL);
    return read_number(value, "--join-ct", true, &args->plan.peers.count);
}

int args_join_tag(void *p, const char *value)
{
    args_join(p, NULL);
    ((struct args *)p)->plan.peers.tag = value;
    return 0;
}

int args_join_pid(void *p, const char *value)
{
    int pid = 0;

    if (read_number(value, "--join-pid", true, &pid) < 0)
        return -1;
    if (pid <= 0)
        return failed(0, "--join-pid: not a process id: %s", value);
    ((struct args *)p)->plan.peers.pid = pid;
    return 0;
}

int args_no_share(void *p, const char *value)
{
    struct args *args = p;

    (void)value; // takes none
    if (args->plan.peers.sharing == SHARING_IMAGE)
        args->plan.peers.sharing = SHARING_NONE;
    return 0;
}

static int find_count(struct peers *peers)
{
    const char *value = NULL;
    const char *variable = first_set(count_variables, &value);
    int status = 0;

    if (peers->count != 0) {
        log_step("join: peer group size from command line");
    } else if (variable != NULL) {
        log_step("join: peer group size from %s", variable);
        status = read_number(value, variable, false, &peers->count);
        if (status == 0 && peers->count == 0)
            peers->count = -1;
    }
    if (status == 0 && peers->count < 0)
        return failed(0, "join: no valid peer group size found");
    return status;
}

static int find_tag(struct peers *peers)
{
    const char *value = NULL;
    const char *variable = first_set(tag_variables, &value);

    if (peers->tag != NULL) {
        log_step("join: peer group tag from command line");
    } else if (variable != NULL) {
        log_step("join: peer group tag from %s", variable);
        peers->tag = value;
    } else {
        log_step("join: peer group tag from getppid(2)");
        peers->tag = step_parent();
        if (peers->tag == NULL)
            return -1;
    }
    if (peers->tag[0] == '\0')
        return failed(0, "join: peer group tag cannot be empty string");
    return 0;
}

int args_find_peers(struct args *args)
{
    struct peers *peers = &args->plan.peers;

    if (peers->sharing == SHARING_CONTAINER &&
        (find_count(peers) < 0 || find_tag(peers) < 0))
        return -1;
    return 0;
}
