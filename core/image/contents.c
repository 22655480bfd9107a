// contents.c - the data of all files of an image, read by several threads and
// told in order.
// SPDX-License-Identifier: MIT
#include "core/image/contents.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/squash/crew.h"

enum { JOBS = 256 }; // files at a time: small ones are soon read

struct contents {
    struct image_reader *reader;
    struct contents_sink *sink;
    bool digests;
    struct crew *crew;       // NULL: it is a stream
    struct content *content; // of a stream
};

struct contents_job {
    struct job job; // first: a job is cast to this
    struct image_part all;
    struct contents_file file;
    char *path;
    char *error;
};

static int drop(struct image_sink *sink, const struct image_chunk *chunk)
{
    (void)sink, (void)chunk; // it could be read
    return 0;
}

// An error is a result like others.
static int read_data(const struct contents *contents,
                     const struct image_part *all, struct content *content,
                     struct contents_file *file)
{
    struct image_reader *reader = contents->reader;
    struct image_sink dropping = { drop };
    struct image_sink *sink = contents->digests ? &content->sink : &dropping;

    if (contents->digests)
        content_begin(content);
    if (all->size > 0 && reader->ops->data(reader, all, sink) < 0)
        return -1;
    if (contents->digests) {
        content_end(content, file->digest);
        file->bytes = content->bytes;
    }
    return 0;
}

// --- what the crew does

static struct job *create(void *user)
{
    struct contents_job *job = calloc(1, sizeof *job);

    (void)user;
    if (job == NULL)
        failed(errno, "can't read files");
    return job != NULL ? &job->job : NULL;
}

static void clear(struct contents_job *job)
{
    free(job->path);
    free(job->error);
    job->path = job->error = NULL;
}

static void destroy(struct job *base)
{
    struct contents_job *job = (struct contents_job *)base;

    clear(job);
    free(job);
}

static void *start(void *user)
{
    struct content *content = malloc(sizeof *content);

    (void)user;
    if (content == NULL)
        failed(errno, "can't read files");
    return content;
}

static void end(void *user, void *state)
{
    (void)user;
    free(state);
}

static int work(void *user, struct job *base, void *state)
{
    struct contents_job *job = (struct contents_job *)base;

    if (read_data(user, &job->all, state, &job->file) == 0)
        return 0;
    job->error = str_dup(err_text());
    if (job->error == NULL)
        return -1;
    err_clear();
    return 0;
}

static int settle(void *user, struct job *base)
{
    const struct contents *contents = user;
    struct contents_job *job = (struct contents_job *)base;
    int status;

    job->file.path = job->path;
    job->file.error = job->error;
    status = contents->sink->put(contents->sink, &job->file);
    clear(job);
    return status;
}

static const struct crew_ops ops = { .create = create,
                                     .destroy = destroy,
                                     .start = start,
                                     .end = end,
                                     .work = work,
                                     .settle = settle };

// --- what others see

struct contents *contents_new(struct image_reader *reader, bool digests,
                              struct contents_sink *sink)
{
    struct contents *contents = calloc(1, sizeof *contents);

    if (contents == NULL) {
        failed(errno, "can't read files");
        return NULL;
    }
    contents->reader = reader;
    contents->sink = sink;
    contents->digests = digests;
    if (reader->parts)
        contents->crew =
            crew_new(&ops, contents, (struct crew_size){ .jobs = JOBS });
    else
        contents->content = start(NULL);
    if (contents->crew != NULL || contents->content != NULL)
        return contents;
    free(contents);
    return NULL;
}

static int put_at_once(struct contents *contents, const struct image_part *all,
                       struct contents_file *file)
{
    if (read_data(contents, all, contents->content, file) < 0)
        return failed_while("can't read /%s", file->path);
    return contents->sink->put(contents->sink, file);
}

int contents_put(struct contents *contents, const struct image_entry *entry,
                 size_t number)
{
    struct image_part all = { .id = entry->id, .size = entry->size };
    struct contents_file file = { .path = entry->path, .number = number };
    struct contents_job *job;

    if (contents->crew == NULL)
        return put_at_once(contents, &all, &file);
    job = (struct contents_job *)crew_get(contents->crew);
    if (job == NULL)
        return -1;
    job->all = all;
    job->file = file;
    job->path = str_dup(entry->path);
    if (job->path == NULL) {
        crew_drop(contents->crew, &job->job);
        return -1;
    }
    return crew_put(contents->crew, &job->job);
}

int contents_finish(struct contents *contents)
{
    return contents->crew != NULL ? crew_finish(contents->crew) : 0;
}

void contents_free(struct contents *contents)
{
    if (contents == NULL)
        return;
    if (contents->crew != NULL)
        crew_free(contents->crew);
    free(contents->content);
    free(contents);
}
