// wrap: fs_read
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/run/subids.h"
#include "tests/unit/fake_file.h"

static ssize_t find(const char *text, struct id_range *ranges)
{
    file = text;
    return subids_find(SUBIDS_UID_FILE, "alice", 1000, ranges);
}

static void lines_by_name_and_by_number_count(void **state)
{
    struct id_range ranges[SUBIDS_RANGES];

    (void)state;
    assert_int_equal(find("bob:1:2\nalice:100000:65536\n\nalicia:5:5\n"
                          "1000:4242:1\n10000:7:7",
                          ranges),
                     2);
    assert_int_equal(ranges[0].outside, 100000);
    assert_int_equal(ranges[0].count, 65536);
    assert_int_equal(ranges[1].outside, 4242);
    assert_int_equal(ranges[1].count, 1);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    struct id_range ranges[SUBIDS_RANGES];

    (void)state;
    assert_int_equal(find(NULL, ranges), -1);
    assert_string_equal(err_text(),
                        "can't open /etc/subuid: No such file or directory");
}

static void lines_that_say_nothing_usable_are_left_out(void **state)
{
    static const char *const texts[] = {
        "",
        "alice",
        "alice:",
        "alice:1",
        "alice:1:",
        "alice::5",
        "alice:x:5",
        "alice:-1:5",
        "alice:5:0",
        "alice:4294967295:1",
        "alice:4294967290:6",
        "alice:1:4294967296",
        "alice:99999999999999999999:1",
        "alice:1:2:3",
        ":::",
        "::",
    };
    struct id_range ranges[SUBIDS_RANGES];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(find(texts[i], ranges), 0);
    assert_int_equal(find("alice:4294967290:5", ranges), 1);
}

static void ids_lent_twice_are_taken_once(void **state)
{
    struct id_range ranges[SUBIDS_RANGES];

    (void)state;
    assert_int_equal(find("alice:100:10\nalice:109:5\n1000:100:10\nalice:110:1"
                          "\n",
                          ranges),
                     2);
    assert_int_equal(ranges[1].outside, 110);
}

static void more_ranges_than_are_used_do_no_harm(void **state)
{
    struct id_range ranges[SUBIDS_RANGES];
    char text[SUBIDS_RANGES * 40] = "";

    (void)state;
    for (int i = 0; i < SUBIDS_RANGES + 5; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "alice:%d:1\n", 10 * i);
    assert_int_equal(find(text, ranges), SUBIDS_RANGES);
}

// "0=1000 1=100000+65536" and so on.
static void assert_map(const struct id_wish *wish, const char *expected)
{
    static struct id_map map;
    char text[1024] = "";

    subids_map(wish, &map);
    for (size_t i = 0; i < map.count && i < 20; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u=%u+%u",
                 i == 0 ? "" : " ", map.lines[i].inside, map.lines[i].outside,
                 map.lines[i].count);
    assert_string_equal(text, expected);
}

static const struct id_range usual = { 0, 100000, 65536 };

static void the_caller_is_himself_and_the_others_are_lent(void **state)
{
    struct id_wish wish = {
        .own_inside = 0, .own_outside = 1000, .ranges = &usual, .range_count = 1
    };

    (void)state;
    assert_map(&wish, "0=1000+1 1=100000+65536");
    wish.own_inside = 1000;
    assert_map(&wish, "1000=1000+1 0=100000+1000 1001=101000+64536");
    wish.own_inside = 70000;
    assert_map(&wish, "70000=1000+1 0=100000+65536");
}

static void several_ranges_follow_each_other(void **state)
{
    static const struct id_range ranges[] = { { 0, 500, 3 }, { 0, 100, 4 } };
    struct id_wish wish = {
        .own_inside = 1, .own_outside = 1000, .ranges = ranges, .range_count = 2
    };

    (void)state;
    assert_map(&wish, "1=1000+1 0=500+1 2=501+2 4=100+4");
}

static void the_caller_s_own_id_among_the_lent_is_not_mapped_twice(void **state)
{
    struct id_wish wish = { .own_inside = 0,
                            .own_outside = 100001,
                            .ranges = &usual,
                            .range_count = 1 };

    (void)state;
    assert_map(&wish, "0=100001+1 1=100000+1 2=100002+65534");
}

static void groups_that_are_lent_stay_what_they_are(void **state)
{
    static const struct id_range ranges[] = { { 0, 100000, 65536 },
                                              { 0, 4242, 1 } };
    static const unsigned groups[] = { 1000, 4242, 5555, 4242, 100005 };
    struct id_wish wish = { .own_inside = 0,
                            .own_outside = 1000,
                            .ranges = ranges,
                            .range_count = 2,
                            .kept = groups,
                            .kept_count = 5 };

    (void)state;
    assert_map(&wish, "0=1000+1 4242=4242+1 100005=100005+1 1=100000+5 "
                      "6=100006+4236 4243=104242+61294");
}

static void no_map_has_more_lines_than_the_kernel_takes(void **state)
{
    static struct id_map map;
    struct id_range ranges[SUBIDS_RANGES];
    unsigned groups[1000];
    struct id_wish wish = { .own_outside = 1000,
                            .ranges = ranges,
                            .range_count = SUBIDS_RANGES,
                            .kept = groups,
                            .kept_count = 1000 };
    uint64_t total = 0;

    (void)state;
    for (unsigned i = 0; i < SUBIDS_RANGES; i++)
        ranges[i] = (struct id_range){ 0, i << 27, 1U << 27 };
    ranges[SUBIDS_RANGES - 1].count -= 1;
    for (unsigned i = 0; i < 1000; i++)
        groups[i] = 2 * i;
    subids_map(&wish, &map);
    assert_in_range(map.count, SUBIDS_RANGES, SUBIDS_LINES);
    for (size_t i = 0; i < map.count; i++) {
        assert_true((uint64_t)map.lines[i].inside + map.lines[i].count <=
                    UINT32_MAX);
        total += map.lines[i].count;
        for (size_t k = 0; k < i; k++)
            assert_true((uint64_t)map.lines[i].inside + map.lines[i].count <=
                            map.lines[k].inside ||
                        (uint64_t)map.lines[k].inside + map.lines[k].count <=
                            map.lines[i].inside);
    }
    assert_true(total > UINT32_MAX - 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_by_name_and_by_number_count),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
        cmocka_unit_test(lines_that_say_nothing_usable_are_left_out),
        cmocka_unit_test(ids_lent_twice_are_taken_once),
        cmocka_unit_test(more_ranges_than_are_used_do_no_harm),
        cmocka_unit_test(the_caller_is_himself_and_the_others_are_lent),
        cmocka_unit_test(several_ranges_follow_each_other),
        cmocka_unit_test(
            the_caller_s_own_id_among_the_lent_is_not_mapped_twice),
        cmocka_unit_test(groups_that_are_lent_stay_what_they_are),
        cmocka_unit_test(no_map_has_more_lines_than_the_kernel_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
