// parts.c - what a container needs on the nodes, and where it is.
//
// With a stage that the nodes see, they read it there. Without one there is a
// stage on this host all the same, so that an image is made once, and it is
// sent to names in /tmp of the nodes that nobody can guess.
// SPDX-License-Identifier: MIT
#include "core/slurm/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/image/tree.h"
#include "core/kernel/idmap.h"
#include "core/run/self.h"
#include "core/slurm/job_config.h"
#include "core/slurm/staged_image.h"

#define OWN_STAGE "/var/tmp" // of this host
#define ID_PART 40           // characters of an id that make a name readable

// --- the job's folder

static int name_job(struct parts *parts, const char *id)
{
    uint64_t random[2];

    if (getrandom(random, sizeof random, 0) != sizeof random)
        return failed(errno, "can't get a random number");
    parts->job = str_printf("%.*s.%016jx%016jx", ID_PART, id,
                            (uintmax_t)random[0], (uintmax_t)random[1]);
    return parts->job == NULL ? -1 : 0;
}

// A descriptor of the new folder, or -1 after failed().
static int make_job_folder(const struct parts *parts)
{
    cleanup_close int jobs = stage_folder(&parts->stage, STAGE_JOBS);
    int dir;

    if (jobs < 0)
        return -1;
    if (mkdirat(jobs, parts->job, 0700) < 0)
        return failed(errno, "can't make a folder in %s", parts->stage.path);
    dir = openat(jobs, parts->job,
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return failed(errno, "can't open a folder in %s", parts->stage.path);
    return dir;
}

static int write_config(const struct parts *parts, int dir, const char *id,
                        const struct spec *spec)
{
    cleanup_free char *folder =
        str_printf("%s/" STAGE_JOBS "/%s", parts->stage.path, parts->job);
    struct job_config config = { .spec = spec,
                                 .id = id,
                                 .image = parts->node_image,
                                 .folder = folder,
                                 .dir = parts->bcast ? -1 : dir,
                                 .keep_uid = parts->keep_uid };
    cleanup_free char *text = NULL;
    cleanup_close int fd = -1;

    if (folder == NULL || idmap_outer_user(&config.uid) < 0 ||
        idmap_outer_group(&config.gid) < 0)
        return -1;
    text = job_config_text(&config);
    if (text == NULL)
        return -1;
    fd = openat(dir, SPEC_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fs_write_all(fd, text, strlen(text)) < 0)
        return failed(errno, "can't write %s/" SPEC_FILE, folder);
    return 0;
}

// --- where it is on the nodes

static int name_shared(struct parts *parts)
{
    parts->node_image = str_dup(parts->image_path);
    parts->node_config =
        str_printf("%s/" STAGE_JOBS_CONFIG, parts->stage.path, parts->job);
    if (parts->node_program == NULL)
        parts->node_program = stage_program(&parts->stage);
    return parts->node_image == NULL || parts->node_config == NULL ||
                   parts->node_program == NULL
               ? -1
               : 0;
}

static int name_sent(struct parts *parts)
{
    parts->node_image = str_printf(SENT_PREFIX "%s.sqfs", parts->job);
    parts->node_config = str_printf(SENT_PREFIX "%s.json", parts->job);
    if (parts->node_program == NULL)
        parts->node_program = str_printf(SENT_PREFIX "%s", parts->job);
    return parts->node_image == NULL || parts->node_config == NULL ||
                   parts->node_program == NULL
               ? -1
               : 0;
}

// A directory becomes an image; what is one already is used where it is.
static int find_image(struct parts *parts, const char *root)
{
    struct stat st;

    if (stat(root, &st) < 0)
        return failed(errno, "can't find the root filesystem %s", root);
    if (S_ISREG(st.st_mode)) {
        parts->image_path = str_dup(root);
        return parts->image_path == NULL ? -1 : 0;
    }
    parts->image = staged_image(&parts->stage, root);
    if (parts->image == NULL)
        return -1;
    parts->image_path =
        str_printf("%s/" STAGE_IMAGES "/%s", parts->stage.path, parts->image);
    return parts->image_path == NULL ? -1 : 0;
}

// This host's own. Anybody may have taken the name in a folder that is common
// to all, and then the user's home will do.
static int open_own_stage(struct stage *stage)
{
    const char *home = getenv("HOME");
    cleanup_free char *other = NULL;

    if (stage_open(stage, OWN_STAGE) == 0)
        return 0;
    if (home == NULL || home[0] != '/')
        return -1;
    log_warn("%s", err_text());
    err_clear();
    stage_close(stage);
    other = str_printf("%s/.cache", home);
    return other == NULL ? -1 : stage_open(stage, other);
}

int parts_make(struct parts *parts, const char *id, const struct spec *spec,
               const struct scrun_settings *settings)
{
    const char *base = settings->stage;
    cleanup_close int dir = -1;

    *parts = (struct parts)PARTS_NONE;
    parts->bcast = base == NULL;
    parts->keep_uid = settings->keep_uid;
    if ((base != NULL ? stage_open(&parts->stage, base)
                      : open_own_stage(&parts->stage)) < 0)
        return -1;
    stage_sweep(&parts->stage, settings->age);
    if (settings->program != NULL) {
        parts->node_program = str_dup(settings->program);
        if (parts->node_program == NULL)
            return -1;
    }
    if (find_image(parts, spec->jail.root) < 0 || name_job(parts, id) < 0 ||
        (parts->bcast ? name_sent(parts) : name_shared(parts)) < 0)
        return -1;
    dir = make_job_folder(parts);
    if (dir < 0)
        return -1;
    return write_config(parts, dir, id, spec);
}

static void remove_job(int stage, const char *job)
{
    cleanup_close int jobs = openat(
        stage, STAGE_JOBS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (jobs >= 0 && tree_remove(jobs, job) < 0)
        log_warn("can't remove " STAGE_JOBS "/%s of the stage", job);
}

void parts_remove(const struct parts *parts)
{
    if (parts->stage.dir >= 0 && parts->job != NULL)
        remove_job(parts->stage.dir, parts->job);
}

void parts_close(struct parts *parts)
{
    stage_close(&parts->stage);
    free(parts->job);
    free(parts->image);
    free(parts->image_path);
    free(parts->node_image);
    free(parts->node_config);
    free(parts->node_program);
    *parts = (struct parts)PARTS_NONE;
}

// --- the record

// A link, or a copy if the running file has no name any more.
static int put_program(const struct folder *folder)
{
    cleanup_free char *path = self_path();

    if (path == NULL)
        return self_copy(folder->dir, RECORD_PROGRAM);
    if (symlinkat(path, folder->dir, RECORD_PROGRAM) < 0)
        return failed(errno, "can't make a link to %s", path);
    return 0;
}

int parts_note(const struct parts *parts, const struct folder *folder)
{
    const struct scrun_record record = {
        .stage = parts->stage.path,
        .job = parts->job,
        .image = parts->image_path,
        .config = parts->node_config,
        .program = parts->node_program,
        .search = getenv("PATH"),
        .slurm_conf = getenv("SLURM_CONF"),
        .bcast = parts->bcast,
        .keep_uid = parts->keep_uid,
    };

    return put_program(folder) < 0 ? -1 : job_record_write(&record, folder);
}

void parts_forget(const struct scrun_record *record)
{
    cleanup_close int stage =
        open(record->stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    // the record is this user's own; still, nothing outside of it is removed
    if (stage >= 0 && strchr(record->job, '/') == NULL)
        remove_job(stage, record->job);
}
