// test_image_acl.c - unit tests of core/image/acl.c.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive_entry.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/image/acl.h"

#define ROW(tag, bits, id) tag, 0, bits, 0, id, 0, 0, 0
#define BASE(tag, bits) tag, 0, bits, 0, 255, 255, 255, 255

// user::rw- user:7:r-- group::r-- mask::rw- other::---
static const uint8_t whole[] = { 2,          0,           0,
                                 0,          BASE(1, 6),  ROW(2, 4, 7),
                                 BASE(4, 4), BASE(16, 6), BASE(32, 0) };

// What comes back of a list when an archive's entry has had it.
static int there_and_back(const void *value, size_t size,
                          struct acl lists[ACL_KINDS], mode_t *mode)
{
    struct image_xattr xattr = { ACL_ACCESS_XATTR, value, size };
    struct archive_entry *entry = archive_entry_new();
    int count;

    assert_non_null(entry);
    archive_entry_set_pathname(entry, "file");
    archive_entry_set_mode(entry, *mode);
    acl_to_archive(&xattr, entry);
    *mode = archive_entry_mode(entry);
    count = acl_from_archive(entry, lists, mode);
    archive_entry_free(entry);
    return count;
}

static void a_list_is_the_same_there_and_back(void **state)
{
    struct acl lists[ACL_KINDS] = { 0 };
    mode_t mode = S_IFREG | 0660;

    assert_int_equal(there_and_back(whole, sizeof whole, lists, &mode), 1);
    assert_string_equal(lists[0].xattr, ACL_ACCESS_XATTR);
    assert_int_equal(lists[0].size, sizeof whole);
    assert_memory_equal(lists[0].value, whole, sizeof whole);
    assert_int_equal(mode, S_IFREG | 0660);
    free(lists[0].value);
}

// Each prefix is given in memory of its own size, which the sanitizer guards.
static void a_list_cut_short_is_what_is_there_of_it(void **state)
{
    for (size_t size = 1; size < sizeof whole; size++) {
        struct acl lists[ACL_KINDS] = { 0 };
        mode_t mode = S_IFREG | 0660;
        void *copy = malloc(size);

        memcpy(copy, whole, size);
        assert_true(there_and_back(copy, size, lists, &mode) >= 0);
        free(copy);
        free(lists[0].value);
        free(lists[1].value);
    }
}

static void what_is_no_list_is_left_out(void **state)
{
    uint8_t other[sizeof whole];
    struct acl lists[ACL_KINDS] = { 0 };
    mode_t mode = S_IFREG | 0640;

    memcpy(other, whole, sizeof other);
    other[0] = 3; // a version that nobody knows
    assert_int_equal(there_and_back(other, sizeof other, lists, &mode), 0);
    assert_int_equal(mode, S_IFREG | 0640);
    memset(other + 4, 0xff, sizeof other - 4);
    other[0] = 2;
    assert_int_equal(there_and_back(other, sizeof other, lists, &mode), 0);
    assert_int_equal(mode, S_IFREG | 0640);
}

static void a_list_that_names_a_user_without_a_number_is_left_out(void **state)
{
    struct archive_entry *entry = archive_entry_new();
    struct acl lists[ACL_KINDS] = { 0 };
    mode_t mode = S_IFREG | 0640;

    archive_entry_acl_add_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 7,
                                ARCHIVE_ENTRY_ACL_USER, -1, "somebody");
    assert_int_equal(acl_from_archive(entry, lists, &mode), 0);
    assert_null(lists[0].value);
    archive_entry_free(entry);
}

static void both_lists_are_told_apart_from_other_attributes(void **state)
{
    assert_true(acl_is("system.posix_acl_access"));
    assert_true(acl_is("system.posix_acl_default"));
    assert_false(acl_is("system.posix_acl"));
    assert_false(acl_is("user.posix_acl_access"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_the_same_there_and_back),
        cmocka_unit_test(a_list_cut_short_is_what_is_there_of_it),
        cmocka_unit_test(what_is_no_list_is_left_out),
        cmocka_unit_test(a_list_that_names_a_user_without_a_number_is_left_out),
        cmocka_unit_test(both_lists_are_told_apart_from_other_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
