// bundle.c - a bundle, read and adapted to its caller.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/oci/hook_output.h"
#include "core/oci/lifecycle.h"

// What is in the configuration, and not on this node.
static int check_node(const struct spec *spec)
{
    if (spec->intel_rdt == NULL)
        return 0;
    if (access("/sys/fs/resctrl/schemata", F_OK) < 0)
        return failed(0, SPEC_FILE ": linux.intelRdt: no resctrl file system "
                                   "is mounted");
    return failed(0, SPEC_FILE ": linux.intelRdt: not supported");
}

int bundle_load(struct bundle *bundle, const struct creation *how)
{
    const char *config = how->config != NULL ? how->config : SPEC_FILE;

    *bundle = (struct bundle){ 0 };
    bundle->path = fs_realpath(how->bundle != NULL ? how->bundle : ".");
    if (bundle->path == NULL)
        return failed_while("the bundle");
    if (spec_load(&bundle->spec, bundle->path, config) < 0)
        return -1;
    if (!bundle->spec.has_process)
        return failed(0, SPEC_FILE ": process: missing");
    if (check_node(&bundle->spec) < 0)
        return -1;
    // descriptors that are to be kept are looked at before more are opened
    if (adapt_spec(&bundle->spec, &how->adapt) < 0)
        return -1;
    return hook_output_open(&bundle->spec);
}

void bundle_free(struct bundle *bundle)
{
    spec_free(&bundle->spec);
    free(bundle->path);
}
