// ch_stage.c - ch-stage: bring images to all nodes of a Slurm job.
// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdio.h>

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/staging.h"

#define STORAGE "/tmp"
#define MEMORY "/dev/shm"

struct args {
    const char *dir;
    bool memory, unpack, no_bcast, task;
    int verbosity;
};

static const struct opt options[] = {
    { 'd', "dir", "DIR", "where, on each node (" STORAGE ")",
      OPT_STR(struct args, dir) },
    { 'm', "memory", NULL, "in the nodes' memory: --dir=" MEMORY,
      OPT_FLAG(struct args, memory) },
    { 'u', "unpack", NULL, "as directories", OPT_FLAG(struct args, unpack) },
    { 0, "no-bcast", NULL, "this program is on all nodes at the same path",
      OPT_FLAG(struct args, no_bcast) },
    // the step's task on a node, which ch-stage starts
    { 0, "task", NULL, NULL, OPT_FLAG(struct args, task) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE...",
    .about = "Bring images to all nodes of this job, until it ends, and print "
             "where they are.",
    .table = options,
};

static int check(const struct args *args, int images)
{
    if (images == 0)
        return failed(0, "IMAGE not specified; see --help");
    if (args->memory && args->dir != NULL)
        return failed(0, "--memory and --dir exclude each other");
    if (args->dir != NULL && args->dir[0] != '/')
        return failed(0, "--dir must be an absolute path: %s", args->dir);
    return 0;
}

static int bring(const struct staging *plan)
{
    cleanup_strlist struct strlist places = { 0 };

    if (staging_bring(plan, &places) < 0)
        return -1;
    for (size_t i = 0; i < places.count; i++)
        puts(places.items[i]);
    return 0;
}

// srun kills all tasks if one of them fails, and has no need to: ch-stage
// learns of it, and then the others end in order.
static int keep(const struct staging *plan)
{
    if (staging_keep(plan) < 0)
        log_pending_error();
    return 0;
}

int ch_stage_main(int argc, char **argv)
{
    struct args args = { 0 };
    int first = opt_parse(&spec, argc, argv, &args);
    struct staging plan;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    log_level_set(LOG_WARN + args.verbosity);
    if (check(&args, argc - first) < 0)
        return -1;
    plan = (struct staging){
        .dir = args.memory        ? MEMORY
               : args.dir != NULL ? args.dir
                                  : STORAGE,
        .unpacked = args.unpack,
        .no_bcast = args.no_bcast,
        .images = (const char *const *)(argv + first),
    };
    return args.task ? keep(&plan) : bring(&plan);
}
