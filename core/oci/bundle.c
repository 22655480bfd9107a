// bundle.c - a bundle, read and adapted to its caller.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/oci/hook_output.h"
#include "core/oci/lifecycle.h"

int bundle_load(struct bundle *bundle, const struct creation *how)
{
    const char *config = how->config != NULL ? how->config : SPEC_FILE;

    *bundle = (struct bundle){ 0 };
    bundle->path = fs_realpath(how->bundle != NULL ? how->bundle : ".");
    if (bundle->path == NULL)
        return failed_while("the bundle");
    if (spec_load(&bundle->spec, bundle->path, config) < 0)
        return -1;
    bundle->spec.jail.nothing_to_run = !bundle->spec.has_process;
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
