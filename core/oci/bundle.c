// bundle.c - the bundle that a container is made from, as it is or as an image
// would have it.
//
// An image without a bundle is run as it says itself. A rank of a job step has
// the node's namespaces, its caller's ids and what the launcher tells by
// variables, as with ch-run, and shares the image with the others.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/scope.h"
#include "core/oci/hook_output.h"
#include "core/oci/lifecycle.h"
#include "core/oci/root_annotations.h"
#include "core/run/image_config.h"
#include "core/run/step.h"

// --- an image

static int list_variables(const char *step, struct strlist *list)
{
    const char *term = getenv("TERM");
    cleanup_free char *text = term == NULL ? NULL : str_printf("TERM=%s", term);

    if (text != NULL && strlist_add(list, text) < 0)
        return -1;
    return step == NULL ? 0 : step_list_variables(list);
}

static char *make_text(const struct creation *how, const char *step)
{
    struct image_wish wish = { .image = how->image,
                               .rootless = geteuid() != 0,
                               .plain = step != NULL,
                               .writable = how->overlay != NULL,
                               .args = how->args };
    char *text = NULL;

    if (list_variables(step, &wish.environment) == 0)
        text = image_config_text(&wish);
    strlist_free(&wish.environment);
    return text;
}

static int load_image(struct bundle *bundle, const struct creation *how,
                      struct adapt_options *options)
{
    struct spec *spec = &bundle->spec;
    unsigned ranks;
    cleanup_free char *step = step_find(&ranks);
    char *text = make_text(how, step);

    if (text == NULL || spec_of_text(spec, bundle->path, text) < 0)
        return -1;
    if (step == NULL)
        return 0;
    spec->jail.step = arena_keep(&spec->arena, steal_ptr(&step));
    spec->jail.step_ranks = ranks;
    options->keep_uid = true;
    return 0;
}

// --- a bundle

int bundle_load(struct bundle *bundle, const struct creation *how)
{
    const char *config = how->config != NULL ? how->config : SPEC_FILE;
    struct adapt_options options = how->adapt;
    int status;

    *bundle = (struct bundle){ 0 };
    bundle->path = fs_realpath(how->bundle != NULL ? how->bundle : ".");
    if (bundle->path == NULL)
        return failed_while("the bundle");
    status = how->image != NULL
                 ? load_image(bundle, how, &options)
                 : spec_load(&bundle->spec, bundle->path, config);
    if (status < 0 || root_annotations(&bundle->spec, how->overlay) < 0)
        return -1;
    bundle->spec.jail.nothing_to_run = !bundle->spec.has_process;
    // descriptors that are to be kept are looked at before more are opened
    if (adapt_spec(&bundle->spec, &options) < 0)
        return -1;
    return hook_output_open(&bundle->spec);
}

void bundle_free(struct bundle *bundle)
{
    spec_free(&bundle->spec);
    free(bundle->path);
}
