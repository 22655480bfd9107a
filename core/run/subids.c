// subids.c - ids that the administrator lends to a user.
// SPDX-License-Identifier: MIT
#include "core/run/subids.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define FILE_MOST (16 << 20) // bytes of /etc/subuid: a line for each user
#define ID_SIZE 12           // bytes of an id in decimal
#define ID_END UINT32_MAX    // the first number that is no id
#define FIXED_MOST 64        // ids with a line of their own, in a map

static bool is_separate(const struct id_range *a, const struct id_range *b)
{
    return (uint64_t)a->outside + a->count <= b->outside ||
           (uint64_t)b->outside + b->count <= a->outside;
}

static bool is_usable(const struct id_range *range,
                      const struct id_range *earlier, size_t count)
{
    if (range->count == 0 || range->count > ID_END - range->outside)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_separate(range, &earlier[i])) {
            log_why("ids %u to %u are lent twice", range->outside,
                    range->outside + range->count - 1);
            return false;
        }
    return true;
}

// "USER:FIRST:COUNT", which is changed.
static bool parse(char *line, const char *name, const char *number,
                  struct id_range *range)
{
    const char *user = strsep(&line, ":");
    const char *first = strsep(&line, ":");
    uint64_t from, count;

    if (line == NULL || (strcmp(user, name) != 0 && strcmp(user, number) != 0))
        return false;
    if (str_to_u64(first, &from) < 0 || str_to_u64(line, &count) < 0 ||
        from >= ID_END || count > ID_END)
        return false;
    *range = (struct id_range){ .outside = (unsigned)from,
                                .count = (unsigned)count };
    return true;
}

ssize_t subids_find(const char *file, const char *name, uid_t uid,
                    struct id_range ranges[SUBIDS_RANGES])
{
    cleanup_free char *text = fs_read(AT_FDCWD, file, FILE_MOST, NULL);
    char *rest = text;
    char *line;
    char number[ID_SIZE];
    size_t found = 0;

    if (text == NULL)
        return -1;
    snprintf(number, sizeof number, "%u", uid);
    while (found < SUBIDS_RANGES && (line = strsep(&rest, "\n")) != NULL)
        if (parse(line, name, number, &ranges[found]) &&
            is_usable(&ranges[found], ranges, found))
            found++;
    return (ssize_t)found;
}

static bool is_in_ranges(const struct id_wish *wish, unsigned id)
{
    for (size_t i = 0; i < wish->range_count; i++)
        if (id >= wish->ranges[i].outside &&
            id - wish->ranges[i].outside < wish->ranges[i].count)
            return true;
    return false;
}

// Is one of these ids, inside or outside, in a line already?
static bool is_taken(const struct id_map *map, unsigned inside,
                     unsigned outside)
{
    for (size_t i = 0; i < map->count; i++)
        if (map->lines[i].inside == inside || map->lines[i].outside == outside)
            return true;
    return false;
}

static void add_fixed(const struct id_wish *wish, struct id_map *map)
{
    map->lines[0] = (struct id_range){ wish->own_inside, wish->own_outside, 1 };
    map->count = 1;
    for (size_t i = 0; i < wish->kept_count && map->count < FIXED_MOST; i++) {
        unsigned id = wish->kept[i];

        if (is_in_ranges(wish, id) && !is_taken(map, id, id))
            map->lines[map->count++] = (struct id_range){ id, id, 1 };
    }
}

// How many ids from these on, inside and outside, are in none of the first
// "fixed" lines, which have one id each. 0: *taken is the one of the two that
// is in a line.
static unsigned free_run(const struct id_map *map, size_t fixed,
                         struct id_range *from, unsigned **taken)
{
    unsigned run = from->count;

    if (run > ID_END - from->inside)
        run = ID_END - from->inside;
    for (size_t i = 0; i < fixed; i++) {
        // below, the difference is a very large number
        unsigned inside = map->lines[i].inside - from->inside;
        unsigned outside = map->lines[i].outside - from->outside;

        if (inside == 0 || outside == 0) {
            *taken = inside == 0 ? &from->inside : &from->outside;
            return 0;
        }
        run = inside < run ? inside : run;
        run = outside < run ? outside : run;
    }
    return run;
}

void subids_map(const struct id_wish *wish, struct id_map *map)
{
    unsigned inside = 0;
    size_t fixed;

    add_fixed(wish, map);
    fixed = map->count;
    for (size_t i = 0; i < wish->range_count; i++) {
        struct id_range rest = wish->ranges[i];

        rest.inside = inside;
        while (rest.count > 0 && rest.inside < ID_END &&
               map->count < SUBIDS_LINES) {
            unsigned *taken = &rest.outside;
            unsigned run = free_run(map, fixed, &rest, &taken);

            if (run == 0) {
                rest.count -= taken == &rest.outside;
                ++*taken;
                continue;
            }
            map->lines[map->count++] =
                (struct id_range){ rest.inside, rest.outside, run };
            rest.inside += run;
            rest.outside += run;
            rest.count -= run;
        }
        inside = rest.inside;
    }
}
