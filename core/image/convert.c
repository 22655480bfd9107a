// convert.c - one image made of another, in one pass.
//
// reader -> without the archive's own directory -> with mount points -> with
// other owners and times, counted -> writer.
// SPDX-License-Identifier: MIT
#include "core/image/convert.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/image/adjust.h"
#include "core/image/budget.h"
#include "core/image/config_gather.h"
#include "core/image/output.h"
#include "core/image/source.h"

// An image may be larger than what is free where it is written compressed, but
// not as a whole file system: what is more is a bomb.
enum { TIMES_FREE = 64 };

struct work {
    const struct conversion *plan;
    struct adjustment adjustment;
    struct budget budget;
    struct progress_counts counts;
    struct image_config config; // of outputs that keep it elsewhere
    struct output_files output; // no part of the image
};

static bool is_pipe(const char *path)
{
    return strcmp(path, "-") == 0;
}

// --- the input

static struct source set_source(const struct conversion *plan)
{
    return (struct source){ .place = &plan->in,
                            .platform = plan->platform,
                            .xattrs = plan->xattrs,
                            .devices = plan->devices,
                            .exclude = &plan->exclude,
                            .add = &plan->add,
                            .fd = -1,
                            .again = -1 };
}

static struct image_reader *open_reader(struct work *work,
                                        struct source *source, int out)
{
    struct image_reader *reader;

    if (fstat(out, &work->output.made) == 0)
        source->output = &work->output;
    source->counts = &work->counts;
    reader = source_read(source);
    if (reader != NULL)
        reader = image_adjust(reader, &work->adjustment);
    if (reader != NULL && work->plan->out.format->configured)
        reader = image_gather_config(reader, &work->config);
    return reader;
}

// --- what is changed on the way

// An ordinary user's directory has no owners but himself: in an image that
// others use, too, that is the system's own.
enum conversion_owner conversion_owner(const struct conversion *plan)
{
    if (plan->owner != OWNER_DEFAULT)
        return plan->owner;
    if (geteuid() == 0)
        return OWNER_KEEP;
    if (plan->out.format->tree)
        return OWNER_MINE;
    return plan->in.format->tree ? OWNER_ROOT : OWNER_KEEP;
}

static int check_options(const struct conversion *plan)
{
    const struct image_format *format = plan->out.format;

    if (!format->blocks && (plan->block_size != 0 || plan->sorted))
        return failed(0, "%s: format %s has no blocks; squash has",
                      plan->sorted ? "--sort" : "--block-size",
                      format->names[0]);
    if (plan->out.format->tree && geteuid() != 0 &&
        conversion_owner(plan) != OWNER_MINE)
        return failed(0, "--owner: in a directory only root can give files to "
                         "others");
    return 0;
}

static void set_adjustment(struct work *work)
{
    const struct conversion *plan = work->plan;
    enum conversion_owner owner = conversion_owner(plan);

    work->adjustment = (struct adjustment){
        .set_owner = owner != OWNER_KEEP,
        .uid = owner == OWNER_MINE ? geteuid() : 0,
        .gid = owner == OWNER_MINE ? getegid() : 0,
        .set_mtime = plan->set_mtime,
        .limit_mtime = plan->limit_mtime,
        .mtime = plan->mtime,
        .xattrs = plan->xattrs,
        .exclude = &plan->exclude,
        .budget = &work->budget,
        .counts = &work->counts,
    };
}

// --- the output

bool convert_adds(const struct conversion *plan)
{
    return plan->out.format->adds && plan->out.tag != NULL;
}

static void set_output(const struct conversion *plan, struct output *output)
{
    *output =
        (struct output){ .path = plan->out.path,
                         .directory = plan->out.format->directory,
                         .replaceable = plan->out.format->replaceable,
                         .no_clobber = plan->no_clobber && !convert_adds(plan),
                         .fd = -1,
                         .parent = -1 };
}

static struct format_output set_writing(const struct work *work, int fd,
                                        int parent)
{
    const struct conversion *plan = work->plan;

    return (struct format_output){ .fd = fd,
                                   .parent = parent,
                                   .path = plan->out.path,
                                   .tag = plan->out.tag,
                                   .platform = plan->platform,
                                   .codec = plan->codec,
                                   .level = plan->level,
                                   .block_size = plan->block_size,
                                   .sort = plan->sorted ? &plan->sort : NULL,
                                   .threads = plan->threads,
                                   .owners = geteuid() == 0,
                                   .no_clobber = plan->no_clobber,
                                   .has_time =
                                       plan->set_mtime || plan->limit_mtime,
                                   .time = plan->mtime,
                                   .config = &work->config };
}

static int copy(struct work *work, struct source *in,
                const struct format_output *output, struct copied *copied)
{
    cleanup_reader struct image_reader *reader =
        open_reader(work, in, output->fd);
    cleanup_writer struct image_writer *writer =
        reader != NULL ? work->plan->out.format->write(output) : NULL;
    struct progress *progress = NULL;
    int status;

    if (reader == NULL || writer == NULL)
        return -1;
    if (work->plan->progress)
        progress = progress_start(
            &(struct progress_work){ &work->counts, in->fd, output->fd });
    status = image_copy(reader, writer, work->plan->devices, copied);
    progress_end(progress);
    return status;
}

// To what is no file of ours: a pipe, or another program.
static int convert_elsewhere(struct work *work, struct source *in, int fd,
                             struct conversion_result *result)
{
    struct format_output writing = set_writing(work, fd, -1);

    return copy(work, in, &writing, &result->copied);
}

static int convert_to_pipe(struct work *work, struct source *in,
                           struct conversion_result *result)
{
    if (isatty(STDOUT_FILENO))
        return failed(0, "an archive is not for a terminal: send the standard "
                         "output elsewhere");
    return convert_elsewhere(work, in, STDOUT_FILENO, result);
}

static int convert_to_file(struct work *work, struct source *in,
                           struct conversion_result *result)
{
    struct format_output writing;
    struct output output;
    struct stat st;
    int status;

    set_output(work->plan, &output);
    if (work->plan->out.format->prepare != NULL &&
        work->plan->out.format->prepare(work->plan->out.path, false) < 0)
        return -1;
    if (output_open(&output) < 0)
        return -1;
    work->budget.limit = work->plan->max_size != 0
                             ? work->plan->max_size
                             : output_free(&output) * TIMES_FREE;
    if (output.replaces &&
        fstatat(output.parent, output.name, &work->output.replaced,
                AT_SYMLINK_NOFOLLOW) == 0)
        work->output.name = output.name;
    writing = set_writing(work, output.fd, output.parent);
    status = copy(work, in, &writing, &result->copied);
    if (status == 0)
        status = output_commit(&output);
    if (status == 0 && !output.directory && fstat(output.fd, &st) == 0)
        result->written = (uint64_t)st.st_size;
    output_close(&output);
    return status;
}

int convert_check(const struct conversion *plan, bool *replaces)
{
    cleanup_source struct source in = set_source(plan);
    struct output output;

    *replaces = false;
    if (source_open(&in) < 0 || check_options(plan) < 0 ||
        additions_check(&plan->add) < 0)
        return -1;
    if (plan->out.format->elsewhere || is_pipe(plan->out.path))
        return 0;
    if (plan->out.format->prepare != NULL &&
        plan->out.format->prepare(plan->out.path, true) == 0)
        return 0;
    set_output(plan, &output);
    if (output_check(&output) < 0)
        return -1;
    *replaces = output.replaces;
    return 0;
}

int convert(const struct conversion *plan, struct conversion_result *result)
{
    cleanup_source struct source in = set_source(plan);
    struct work work = { .plan = plan,
                         .budget = { .limit = plan->max_size,
                                     .hint = " (--max-size)" } };
    double begun = progress_clock();
    int status;

    *result = (struct conversion_result){ 0 };
    if (source_open(&in) < 0 || check_options(plan) < 0)
        return -1;
    set_adjustment(&work);
    if (plan->out.format->elsewhere)
        status = convert_elsewhere(&work, &in, -1, result);
    else if (is_pipe(plan->out.path))
        status = convert_to_pipe(&work, &in, result);
    else
        status = convert_to_file(&work, &in, result);
    config_free(&work.config);
    result->bytes = work.counts.bytes;
    result->seconds = progress_clock() - begun;
    if (status < 0)
        return failed_while("can't convert %s", plan->in.path);
    return 0;
}
