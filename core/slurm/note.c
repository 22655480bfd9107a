// note.c - what srun calls this program for on the submitting host.
// SPDX-License-Identifier: MIT
#include "core/slurm/note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/slurm/job_record.h"
#include "core/slurm/parts.h"
#include "core/slurm/stage.h"

#define SEND_MS (60 * 60 * 1000) // for a large image to many nodes
#define ANSWER_MAX 65536

int note_is_asked(int argc, char *const *argv)
{
    return argc > 2 && argv[1][0] == '/' && getenv(NOTE_STATE) != NULL;
}

// All can write to the folder that it gets into, so it is a new file or none
// (without --force): nobody else has put it there.
static int send_file(const char *from, const char *to)
{
    const char *const argv[] = { "sbcast", from, to, NULL };
    struct helper helper = { argv, STDERR_FILENO, ANSWER_MAX,
                             helper_deadline(SEND_MS) };
    cleanup_free char *said = NULL;
    int status = helper_run(&helper, &said);

    if (status < 0)
        return -1;
    if (status > 0)
        return failed(0, "can't send %s to the nodes: %s", from,
                      said != NULL ? said : "");
    return 0;
}

// The nodes' names for them differ by their ends. "state" has this program.
static int send_all(const struct scrun_record *record, const char *state)
{
    cleanup_free char *own = NULL, *image = NULL;
    cleanup_free char *program = str_printf("%s/" RECORD_PROGRAM, state);
    const char *dot = strrchr(record->config, '.');

    own = str_printf("%s/" STAGE_JOBS_CONFIG, record->stage, record->job);
    image = dot == NULL ? NULL
                        : str_printf("%.*s.sqfs", (int)(dot - record->config),
                                     record->config);
    if (own == NULL || image == NULL || program == NULL)
        return -1;
    if (send_file(record->image, image) < 0 ||
        send_file(own, record->config) < 0)
        return -1;
    return str_starts(record->program, SENT_PREFIX)
               ? send_file(program, record->program)
               : 0;
}

int note_run(void)
{
    const char *path = getenv(NOTE_STATE);
    const char *job = getenv("SLURM_JOB_ID");
    const char *step = getenv("SLURM_STEP_ID");
    cleanup_folder struct folder folder = FOLDER_NONE;
    cleanup_job_record struct scrun_record record = { 0 };

    if (path == NULL || job == NULL || step == NULL)
        return failed(0, "srun does not tell which job it has");
    folder.id = "of this job";
    folder.dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder.dir < 0)
        return failed(errno, "can't open the state %s", path);
    if (job_record_read(&record, &folder) < 0 ||
        (record.bcast && send_all(&record, path) < 0))
        return -1;
    return job_record_set_step(&folder, job, step);
}
