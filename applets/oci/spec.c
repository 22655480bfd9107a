// spec.c - ch-oci spec: write a config.json to begin with.
// SPDX-License-Identifier: MIT
#include "applets/oci/commands.h"
#include "applets/oci/oci.h"
#include "core/oci/template.h"

struct spec_args {
    struct oci_args global;
    const char *bundle;
    const char *image;
    bool rootless;
};

// Its --rootless takes no argument, and comes before that of ch-oci itself.
static const struct opt options[] = {
    { 'b', "bundle", "DIR", "the folder to write it to (.)",
      OPT_STR(struct spec_args, bundle) },
    { 0, "rootless", NULL, "for an ordinary user",
      OPT_FLAG(struct spec_args, rootless) },
    { 0, "image", "IMAGE", "to run this image, as ch-run takes one",
      OPT_STR(struct spec_args, image) },
    OPT_END,
};

static const struct opt_spec spec = {
    OCI_SPEC,
    .title = "spec",
    .usage = "[OPTION...] spec",
    .about = "Write a config.json to begin with.",
    .table = options,
};

int oci_spec(const struct oci_args *global, int argc, char **argv)
{
    struct spec_args args = { 0 };
    int first = oci_parse(&spec, global, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (oci_expect(&spec, argc, first, 0, 0) < 0)
        return -1;
    return template_write(args.bundle, args.rootless, args.image);
}
