// ch_doctor.c - ch-doctor: tell what this node allows, and what mends it.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/scope.h"
#include "core/run/doctor.h"

#define TIMEOUT 10000 // milliseconds that a probe may take
#define EXIT_UNFIT 1  // a SquashFS image can't be run here

struct args {
    bool json;
    int verbosity;
};

static const struct opt options[] = {
    { 0, "json", NULL, "print an array of findings",
      OPT_FLAG(struct args, json) },
    { 'v', "verbose", NULL, "show what is tried (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...]",
    .about = "Try what containers need on this node and tell what is missing.",
    .table = options,
};

// What does not work for want of this need, and of nothing worse.
static const char *const verdicts[] = {
    [NEED_NONE] = "ch-run works here, with directories and SquashFS images",
    [NEED_IMAGES] =
        "ch-run works here with directories, but not with SquashFS images",
    [NEED_ALL] = "ch-run does not work here",
};

static void print_line(const struct probe *probe, const struct finding *f)
{
    const char *failing = probe->need == NEED_NONE ? "no" : "MISSING";

    printf("%-8s %s: %s", f->ok ? "ok" : failing, probe->name, f->detail);
    if (f->remedy[0] != '\0')
        printf(" -- %s", f->remedy);
    putchar('\n');
    fflush(stdout); // the next one may take its time
}

static void add_object(struct json *array, const struct probe *probe,
                       const struct finding *f)
{
    struct json *object = json_append_object(array);

    json_add_string(object, "name", probe->name);
    json_add_bool(object, "ok", f->ok);
    json_add_bool(object, "needed", probe->need != NEED_NONE);
    json_add_string(object, "detail", f->detail);
    json_add_string(object, "remedy", f->remedy);
}

static int examine(bool as_json)
{
    cleanup_json struct json *array = json_array();
    cleanup_free char *text = NULL;
    enum need worst = NEED_NONE;

    for (const struct probe *p = doctor_probes; p->name != NULL; p++) {
        struct finding finding;

        doctor_examine(p, TIMEOUT, &finding);
        if (as_json)
            add_object(array, p, &finding);
        else
            print_line(p, &finding);
        if (!finding.ok && p->need > worst)
            worst = p->need;
    }
    text = json_text(array, true);
    printf("%s%s\n", as_json ? "" : "\n", as_json ? text : verdicts[worst]);
    return worst == NEED_NONE ? 0 : EXIT_UNFIT;
}

int ch_doctor_main(int argc, char **argv)
{
    struct args args = { 0 };
    int first = opt_parse(&spec, argc, argv, &args);

    if (first == OPT_ANSWERED)
        return 0;
    if (first < 0)
        return -1;
    if (first < argc)
        return failed(0, "unexpected argument: %s; see --help", argv[first]);
    log_level_set(LOG_WARN + args.verbosity);
    return examine(args.json);
}
