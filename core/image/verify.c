// verify.c - the digests of layers, computed while these are unpacked.
// SPDX-License-Identifier: MIT
#include "core/image/verify.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/base/thread.h"
#include "core/image/ahead.h"

enum {
    READ_SIZE = 256 << 10,
    STACK_SIZE = 256 << 10, // bytes
};

struct verify {
    const struct blobs *blobs;
    const struct manifest *manifest;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t done; // layers that are sound
    bool stopped;
    char *error; // of the layer after these, or NULL
    char *buffer;
};

static bool is_stopped(struct verify *verify)
{
    bool stopped;

    pthread_mutex_lock(&verify->lock);
    stopped = verify->stopped;
    pthread_mutex_unlock(&verify->lock);
    return stopped;
}

static int add_bytes(struct verify *verify, const struct blob *blob,
                     struct hash *hash)
{
    uint64_t done = 0;

    while (done < blob->size && !is_stopped(verify)) {
        uint64_t rest = blob->size - done;
        ssize_t n = pread(blob->fd, verify->buffer,
                          rest < READ_SIZE ? (size_t)rest : READ_SIZE,
                          (off_t)(blob->offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(n < 0 ? errno : 0, "can't read");
        hash_add(hash, verify->buffer, (size_t)n);
        done += (uint64_t)n;
    }
    return 0;
}

static int add_unpacked(struct verify *verify, const struct blob *blob,
                        struct hash *hash)
{
    struct feed_part part = { blob->fd, blob->offset, blob->size, NULL };
    struct ahead *ahead = ahead_open_part(&part);
    const void *bytes;
    ssize_t size = -1;

    if (ahead == NULL)
        return -1;
    while (!is_stopped(verify) && (size = ahead_next(ahead, &bytes)) > 0)
        hash_add(hash, bytes, (size_t)size);
    ahead_close(ahead);
    return size < 0 ? -1 : 0;
}

static int verify_layer(struct verify *verify, const struct image_layer *layer)
{
    cleanup_blob struct blob blob = { .fd = -1 };
    struct hash hash;

    if (blobs_open(verify->blobs, layer->name, &blob) < 0)
        return -1;
    hash_begin(&hash, &layer->digest);
    if ((layer->unpacked ? add_unpacked : add_bytes)(verify, &blob, &hash) < 0)
        return failed_while("%s", layer->name);
    if (!hash_is(&hash, &layer->digest))
        return failed(0, "damaged: %s does not have the digest %s:%s",
                      layer->name, digest_algorithm(&layer->digest),
                      layer->digest.hex);
    return 0;
}

static void report(struct verify *verify, int status)
{
    pthread_mutex_lock(&verify->lock);
    if (status == 0)
        verify->done++;
    else
        verify->error = str_dup(err_text());
    verify->stopped |= status < 0;
    pthread_cond_signal(&verify->changed);
    pthread_mutex_unlock(&verify->lock);
}

static void *work(void *argument)
{
    struct verify *verify = argument;
    const struct manifest *manifest = verify->manifest;

    for (size_t i = manifest->count; i > 0 && !is_stopped(verify); i--)
        report(verify, verify_layer(verify, &manifest->layers[i - 1]));
    return NULL;
}

static int start(struct verify *verify)
{
    int error;

    verify->buffer = malloc(READ_SIZE);
    if (verify->buffer == NULL)
        return failed(errno, "can't verify an image");
    error = thread_start(&verify->thread, STACK_SIZE, work, verify);
    return error == 0 ? 0 : failed(error, "can't start a thread");
}

static void discard(struct verify *verify)
{
    pthread_cond_destroy(&verify->changed);
    pthread_mutex_destroy(&verify->lock);
    free(verify->buffer);
    free(verify->error);
    free(verify);
}

struct verify *verify_open(const struct blobs *blobs,
                           const struct manifest *manifest)
{
    struct verify *verify = calloc(1, sizeof *verify);

    if (verify == NULL) {
        failed(errno, "can't verify an image");
        return NULL;
    }
    verify->blobs = blobs;
    verify->manifest = manifest;
    pthread_mutex_init(&verify->lock, NULL);
    pthread_cond_init(&verify->changed, NULL);
    if (start(verify) == 0)
        return verify;
    discard(verify);
    return NULL;
}

int verify_wait(struct verify *verify, size_t layer)
{
    int status = 0;

    pthread_mutex_lock(&verify->lock);
    while (verify->done <= layer && !verify->stopped)
        pthread_cond_wait(&verify->changed, &verify->lock);
    if (verify->done <= layer)
        status = failed(
            0, "%s", verify->error != NULL ? verify->error : "out of memory");
    pthread_mutex_unlock(&verify->lock);
    return status;
}

void verify_close(struct verify *verify)
{
    if (verify == NULL)
        return;
    pthread_mutex_lock(&verify->lock);
    verify->stopped = true;
    pthread_mutex_unlock(&verify->lock);
    pthread_join(verify->thread, NULL);
    discard(verify);
}
