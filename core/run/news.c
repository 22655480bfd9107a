// news.c - what the first of some peers tells their keeper.
// SPDX-License-Identifier: MIT
#include "core/run/news.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/scope.h"
#include "core/kernel/socket.h"

static int tell(int keeper, struct news news, const int *fds, size_t count)
{
    struct parcel parcel = { .bytes = &news,
                             .size = sizeof news,
                             .count = count };

    for (size_t i = 0; i < count; i++)
        parcel.fds[i] = fds[i];
    return socket_send(keeper, &parcel);
}

int news_tell_user(int keeper, int user)
{
    return tell(keeper, (struct news){ .kind = NEWS_USER }, &user, 1);
}

int news_tell_image(int keeper, size_t index, int copy, int process)
{
    int fds[2];
    size_t count = 0;

    if (copy >= 0)
        fds[count++] = copy;
    if (process >= 0)
        fds[count++] = process;
    return tell(keeper, (struct news){ NEWS_IMAGE, index }, fds, count);
}

int news_tell_end(int keeper)
{
    return tell(keeper, (struct news){ .kind = NEWS_END }, NULL, 0);
}

int news_tell_mounts(int keeper, int mounts)
{
    return tell(keeper, (struct news){ .kind = NEWS_MOUNTS }, &mounts, 1);
}

int news_tell_root(int keeper, const struct spares_plan *plan, int origin)
{
    struct news news = { .kind = NEWS_ROOT };
    cleanup_free char *bytes = malloc(NEWS_MAX);
    struct parcel parcel = { .bytes = bytes, .count = 1, .fds = { origin } };
    size_t size;

    if (bytes == NULL)
        return -1;
    memcpy(bytes, &news, sizeof news);
    size = spares_describe(plan, bytes + sizeof news, SPARES_MAX);
    parcel.size = sizeof news + size;
    return size == 0 ? 0 : socket_send(keeper, &parcel);
}
