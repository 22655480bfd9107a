// settings.c - how a container is to become a job.
// SPDX-License-Identifier: MIT
#include "core/slurm/settings.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/slurm/srun_options.h"

#define KEEP_UID "ch.scrun.keep-uid" // an annotation
#define BCAST "bcast"                // the stage that is none
#define DAY 86400L                   // seconds
#define DAYS_USUAL 30
#define DAYS_MOST 36500

static bool is_yes(const char *word)
{
    return word != NULL &&
           (strcmp(word, "true") == 0 || strcmp(word, "1") == 0);
}

static int set_age(struct scrun_settings *settings)
{
    const char *text = getenv("SCRUN_STAGE_DAYS");
    uint64_t days = DAYS_USUAL;

    if (text != NULL &&
        (str_to_u64(text, &days) < 0 || days < 1 || days > DAYS_MOST))
        return failed(0, "SCRUN_STAGE_DAYS: not a number of days, 1 to %d: %s",
                      DAYS_MOST, text);
    settings->age = (time_t)days * DAY;
    return 0;
}

// Homes are on all nodes of most clusters.
static int set_stage(struct scrun_settings *settings, const char *wish)
{
    const char *home = getenv("HOME");

    if (wish == NULL)
        wish = getenv("SCRUN_STAGE_DIR");
    if (wish != NULL && strcmp(wish, BCAST) == 0)
        return 0;
    if (wish != NULL && wish[0] != '/')
        return failed(
            0, "the stage must be an absolute path, or \"" BCAST "\": %s",
            wish);
    if (wish == NULL && (home == NULL || home[0] != '/'))
        return failed(0, "no $HOME to put images in for the nodes: set "
                         "SCRUN_STAGE_DIR to a folder that all of them see");
    settings->stage =
        wish != NULL ? str_dup(wish) : str_printf("%s/.cache", home);
    return settings->stage == NULL ? -1 : 0;
}

static int set_program(struct scrun_settings *settings)
{
    settings->program = getenv("SCRUN_PROGRAM");
    if (settings->program == NULL || settings->program[0] == '/')
        return 0;
    return failed(0, "SCRUN_PROGRAM must be an absolute path: %s",
                  settings->program);
}

static int add_annotations(struct strlist *list, const struct spec *spec)
{
    for (size_t i = 0; i < spec->annotation_count; i++) {
        const struct pair *one = &spec->annotations[i];

        if (str_starts(one->name, SRUN_ANNOTATION) &&
            srun_options_add(list, one->name + strlen(SRUN_ANNOTATION),
                             one->value, "annotation") < 0)
            return -1;
    }
    return 0;
}

int scrun_settings_read(struct scrun_settings *settings,
                        const struct scrun_wishes *wishes,
                        const struct spec *spec)
{
    *settings = (struct scrun_settings){ 0 };
    settings->keep_uid = is_yes(getenv("SCRUN_KEEP_UID")) ||
                         is_yes(spec_annotation(spec, KEEP_UID));
    if (set_age(settings) < 0 || set_stage(settings, wishes->stage) < 0 ||
        set_program(settings) < 0 ||
        srun_options_add_environment(&settings->srun) < 0)
        return -1;
    for (size_t i = 0; i < wishes->options.count; i++)
        if (srun_options_add_word(&settings->srun, wishes->options.items[i],
                                  "--slurm") < 0)
            return -1;
    return add_annotations(&settings->srun, spec);
}

void scrun_settings_free(struct scrun_settings *settings)
{
    strlist_free(&settings->srun);
    free(settings->stage);
}
