// ch_slurm.c - ch-slurm: what concerns containers under Slurm.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/opt.h"
#include "core/oci/slurm_check.h"

#define EXIT_WRONG 1 // something must be mended

struct args {
    const char *slurm_conf, *oci_conf;
};

static const struct opt options[] = {
    { 0, "slurm-conf", "FILE",
      "slurm.conf ($SLURM_CONF, or where Slurm has it)",
      OPT_STR(struct args, slurm_conf) },
    { 0, "oci-conf", "FILE", "oci.conf (beside slurm.conf)",
      OPT_STR(struct args, oci_conf) },
    OPT_END,
};

static void print_commands(void)
{
    printf("\ncommands:\n"
           "  check   tell what is wrong with Slurm's configuration\n");
}

static const struct opt_spec spec = {
    .usage = "check [OPTION...]",
    .about = "Tell whether Slurm's --container will work as it should.",
    .more = print_commands,
    .table = options,
};

static const char *const words[] = {
    [SLURM_FINE] = "ok", [SLURM_NOTE] = "note", [SLURM_WRONG] = "WRONG"
};

static int check(const struct args *args)
{
    struct slurm_report report;
    enum slurm_grade worst = SLURM_FINE;

    if (slurm_check(args->slurm_conf, args->oci_conf, &report) < 0)
        return -1;
    for (size_t i = 0; i < report.count; i++) {
        const struct slurm_finding *f = &report.items[i];

        printf("%-5s %s: %s", words[f->grade], f->name, f->detail);
        if (f->remedy[0] != '\0')
            printf(" -- %s", f->remedy);
        putchar('\n');
        if (f->grade > worst)
            worst = f->grade;
    }
    return worst == SLURM_WRONG ? EXIT_WRONG : 0;
}

int ch_slurm_main(int argc, char **argv)
{
    struct args args = { 0 };
    int first = opt_parse(&spec, argc, argv, &args);

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (first == argc)
        return failed(0, "COMMAND not specified; see --help");
    if (strcmp(argv[first], "check") != 0)
        return failed(0, "no such command: %s; see --help", argv[first]);
    if (first + 1 < argc)
        return failed(0, "unexpected argument: %s; see --help",
                      argv[first + 1]);
    return check(&args);
}
