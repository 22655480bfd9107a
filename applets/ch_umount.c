// ch_umount.c - ch-umount: unmount what ch-mount has mounted.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/str.h"
#include "core/run/unmounting.h"

struct args {
    bool all;
    bool lazy;
    int verbosity;
};

static const struct opt options[] = {
    { 'a', "all", NULL, "unmount all images that you may unmount",
      OPT_FLAG(struct args, all) },
    { 'z', "lazy", NULL, "even if busy: gone at once, freed with its last user",
      OPT_FLAG(struct args, lazy) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] DIR...",
    .about = "Unmount the SquashFS images at the directories DIR.",
    .table = options,
};

// One that fails spoils no other, so errors are printed here and not by
// main(), which knows of one only.
static int unmount(char *const *dirs, size_t count, const struct args *args)
{
    int status = 0;

    for (size_t i = 0; i < count; i++) {
        if (unmounting_dir(dirs[i], args->lazy) == 0) {
            log_step("unmounted %s", dirs[i]);
        } else if (args->all && err_num() == EPERM) {
            log_why("%s", err_text()); // not one of those that are meant
        } else {
            log_pending_error();
            status = 1;
        }
        err_clear();
    }
    return status;
}

static int unmount_all(const struct args *args)
{
    cleanup_strlist struct strlist dirs = { 0 };

    if (unmounting_dirs(&dirs) < 0)
        return -1;
    return unmount(dirs.items, dirs.count, args);
}

int ch_umount_main(int argc, char **argv)
{
    struct args args = { 0 };
    int first = opt_parse(&spec, argc, argv, &args);

    if (first == OPT_ANSWERED)
        return 0;
    if (first < 0)
        return -1;
    log_level_set(LOG_WARN + args.verbosity);
    if (args.all && first < argc)
        return failed(0, "--all takes no DIR");
    if (args.all)
        return unmount_all(&args);
    if (first == argc)
        return failed(0, "DIR not specified; see --help");
    return unmount(argv + first, (size_t)(argc - first), &args);
}
