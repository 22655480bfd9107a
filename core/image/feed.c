// feed.c - the bytes of a file or a pipe, in large pieces.
// SPDX-License-Identifier: MIT
#include "core/image/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/stop.h"

int feed_open(struct feed *feed, int fd)
{
    *feed = (struct feed){ .fd = fd, .bytes = malloc(FEED_SIZE) };
    return feed->bytes != NULL ? 0 : failed(errno, "can't read");
}

bool feed_begins(struct feed *feed, const void *magic, size_t size)
{
    while (feed->waiting < size) {
        ssize_t n = stop_read(feed->fd, feed->bytes + feed->waiting,
                              FEED_SIZE - feed->waiting);

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
    return waiting > 0 ? (ssize_t)waiting
                       : stop_read(feed->fd, feed->bytes, FEED_SIZE);
}

void feed_close(struct feed *feed)
{
    free(feed->bytes);
    feed->bytes = NULL;
}
