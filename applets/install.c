// install.c - ch install DIR: this program and a link for each applet.
// SPDX-License-Identifier: MIT
#include "core/base/install.h"

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/opt.h"

static const struct opt options[] = { OPT_END };

static const struct opt_spec spec = {
    .usage = "install DIR",
    .about = "Copy this program into DIR, with a link for each applet.",
    .table = options,
};

int install_main(int argc, char **argv)
{
    int first = opt_parse(&spec, argc, argv, NULL);

    if (first == OPT_ANSWERED)
        return 0;
    if (first < 0)
        return -1;
    if (argc - first != 1)
        return failed(0, "expected one DIR; see ch install --help");
    return install_program(argv[first], "ch", applets);
}
