// feed.c - the bytes of a file or a pipe, in large pieces.
// SPDX-License-Identifier: MIT
#include "core/image/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/stop.h"

// What is read next: the number of bytes; 0 at the end; -1 after failed().
static ssize_t fetch(struct feed *feed, char *bytes, size_t room)
{
    struct feed_part *part = &feed->part;
    ssize_t n;

    if (!feed->is_part)
        return stop_read(part->fd, bytes, room);
    if (stop_check() < 0)
        return -1;
    if (part->size < room)
        room = (size_t)part->size;
    do
        n = pread(part->fd, bytes, room, (off_t)part->offset);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return failed(errno, "can't read");
    part->offset += (uint64_t)n;
    part->size -= (uint64_t)n;
    if (part->counted != NULL)
        *part->counted += (uint64_t)n;
    return n;
}

int feed_open(struct feed *feed, int fd)
{
    *feed = (struct feed){ .part.fd = fd, .bytes = malloc(FEED_SIZE) };
    return feed->bytes != NULL ? 0 : failed(errno, "can't read");
}

int feed_open_part(struct feed *feed, const struct feed_part *part)
{
    if (feed_open(feed, part->fd) < 0)
        return -1;
    feed->part = *part;
    feed->is_part = true;
    return 0;
}

bool feed_begins(struct feed *feed, const void *magic, size_t size)
{
    while (feed->waiting < size) {
        ssize_t n =
            fetch(feed, feed->bytes + feed->waiting, FEED_SIZE - feed->waiting);

        if (n <= 0)
            return false;
        feed->waiting += (size_t)n;
    }
    return memcmp(feed->bytes, magic, size) == 0;
}

ssize_t feed_next(struct feed *feed, const void **bytes)
{
    size_t waiting = feed->waiting;

    *bytes = feed->bytes;
    feed->waiting = 0;
    return waiting > 0 ? (ssize_t)waiting : fetch(feed, feed->bytes, FEED_SIZE);
}

void feed_close(struct feed *feed)
{
    free(feed->bytes);
    feed->bytes = NULL;
}
