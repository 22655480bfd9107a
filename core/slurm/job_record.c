// job_record.c - what the state folder of a container on Slurm has besides.
// SPDX-License-Identifier: MIT
#include "core/slurm/job_record.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fields.h"
#include "core/base/fs.h"
#include "core/base/scope.h"

#define RECORD_FILE "job.json"
#define STEP_FILE "step"

static const struct field fields[] = {
    { "stage", FIELD_STRING(struct scrun_record, stage), .required = true },
    { "job", FIELD_STRING(struct scrun_record, job), .required = true },
    { "image", FIELD_STRING(struct scrun_record, image), .required = true },
    { "config", FIELD_STRING(struct scrun_record, config), .required = true },
    { "program", FIELD_STRING(struct scrun_record, program), .required = true },
    { "path", FIELD_STRING(struct scrun_record, search) },
    { "slurmConf", FIELD_STRING(struct scrun_record, slurm_conf) },
    { "bcast", FIELD_BOOL(struct scrun_record, bcast) },
    { "keepUid", FIELD_BOOL(struct scrun_record, keep_uid) },
    FIELD_END,
};

int job_record_write(const struct scrun_record *record,
                     const struct folder *folder)
{
    cleanup_json struct json *document = json_object();
    cleanup_free char *text = NULL;

    json_add_string(document, "stage", record->stage);
    json_add_string(document, "job", record->job);
    json_add_string(document, "image", record->image);
    json_add_string(document, "config", record->config);
    json_add_string(document, "program", record->program);
    if (record->search != NULL)
        json_add_string(document, "path", record->search);
    if (record->slurm_conf != NULL)
        json_add_string(document, "slurmConf", record->slurm_conf);
    json_add_bool(document, "bcast", record->bcast);
    json_add_bool(document, "keepUid", record->keep_uid);
    text = json_text(document, false);
    return folder_write(folder, RECORD_FILE, text);
}

int job_record_read(struct scrun_record *record, const struct folder *folder)
{
    cleanup_free char *text = folder_read(folder, RECORD_FILE);

    *record = (struct scrun_record){ 0 };
    if (text == NULL)
        return -1;
    record->document = json_parse(RECORD_FILE, text, strlen(text));
    if (record->document == NULL)
        return failed_while("container %s", folder->id);
    return fields_read(fields, RECORD_FILE, record->document, &record->arena,
                       record);
}

void job_record_free(struct scrun_record *record)
{
    json_free(record->document);
    arena_free(&record->arena);
    *record = (struct scrun_record){ 0 };
}

// --- the step

static bool is_number(const char *text, size_t length)
{
    return length > 0 && length <= 20 && strspn(text, "0123456789") >= length;
}

// "JOB.STEP": nothing else goes to a command line.
static bool is_step(const char *text)
{
    const char *dot = strchr(text, '.');

    return dot != NULL && is_number(text, (size_t)(dot - text)) &&
           is_number(dot + 1, strlen(dot + 1));
}

int job_record_set_step(const struct folder *folder, const char *job,
                        const char *step)
{
    char text[STEP_TEXT];
    int length = snprintf(text, sizeof text, "%s.%s", job, step);

    if (length >= (int)sizeof text || !is_step(text))
        return failed(0, "Slurm's number of the step is none: %s.%s", job,
                      step);
    return folder_write(folder, STEP_FILE, text);
}

bool job_record_step(const struct folder *folder, char step[STEP_TEXT])
{
    cleanup_free char *text =
        fs_read_regular(folder->dir, STEP_FILE, STEP_TEXT - 1, NULL);

    if (text == NULL || !is_step(text)) {
        err_clear();
        return false;
    }
    snprintf(step, STEP_TEXT, "%s", text);
    return true;
}
