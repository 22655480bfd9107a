// wrap: names_of_users names_of_groups getgroups geteuid getegid
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/names.h"
#include "core/base/str.h"
#include "core/run/users.h"

// What the host knows.
static const struct {
    unsigned id;
    const char *name, *about;
} host[] = {
    { 1000, "alice", "Alice A." },
    { 100, "physics", NULL },
    { 4242, "project", NULL },
};

static gid_t further[8];
static int further_count;
static int64_t deadline; // of the questions; 0: none yet

void __wrap_names_of_users(struct named *users, size_t count, int64_t end);
void __wrap_names_of_groups(struct named *groups, size_t count, int64_t end);
int __wrap_getgroups(int size, gid_t *list);
uid_t __wrap_geteuid(void);
gid_t __wrap_getegid(void);

void __wrap_names_of_users(struct named *users, size_t count, int64_t end)
{
    // one for all questions
    assert_true(deadline == 0 || deadline == end);
    deadline = end;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof host / sizeof host[0]; k++)
            if (host[k].id == users[i].id) {
                users[i].name = str_dup(host[k].name);
                users[i].about = host[k].about ? str_dup(host[k].about) : NULL;
            }
}

void __wrap_names_of_groups(struct named *groups, size_t count, int64_t end)
{
    __wrap_names_of_users(groups, count, end);
}

int __wrap_getgroups(int size, gid_t *list)
{
    if (size > 0)
        memcpy(list, further, (size_t)further_count * sizeof *list);
    return further_count;
}

uid_t __wrap_geteuid(void)
{
    return 31337;
}

gid_t __wrap_getegid(void)
{
    return 31338;
}

static void assert_files(uid_t uid, gid_t gid, const char *passwd,
                         const char *group)
{
    struct container plan = { .uid = uid, .gid = gid };
    struct users users = { 0 };

    assert_int_equal(users_find_home(&plan, &users), 0);
    assert_int_equal(users_make_files(&plan, &users), 0);
    assert_null(users.home);
    if (passwd != NULL)
        assert_string_equal(users.passwd, passwd);
    if (group != NULL)
        assert_string_equal(users.group, group);
    users_free(&users);
}

static int start(void **state)
{
    (void)state;
    further_count = 0;
    deadline = 0;
    unsetenv("USER");
    return 0;
}

static void a_user_of_the_host_keeps_name_and_gecos(void **state)
{
    (void)state;
    assert_files(1000, 100,
                 "root:x:0:0:root:/root:/bin/sh\n"
                 "nobody:x:65534:65534:nobody:/:/bin/false\n"
                 "alice:x:1000:100:Alice A.:/:/bin/sh\n",
                 "root:x:0:\nnogroup:x:65534:\nphysics:x:100:\n");
}

static void root_and_nobody_are_not_listed_twice(void **state)
{
    (void)state;
    assert_files(0, 0,
                 "nobody:x:65534:65534:nobody:/:/bin/false\n"
                 "root:x:0:0:root:/:/bin/sh\n",
                 "nogroup:x:65534:\nroot:x:0:\n");
    assert_files(65534, 65534,
                 "root:x:0:0:root:/root:/bin/sh\n"
                 "charlie:x:65534:65534:Charlie:/:/bin/sh\n",
                 "root:x:0:\ncharliegroup:x:65534:\n");
}

static void USER_names_the_caller_whom_the_host_does_not_know(void **state)
{
    (void)state;
    setenv("USER", "ldap-alice", 1);
    assert_files(31337, 100,
                 "root:x:0:0:root:/root:/bin/sh\n"
                 "nobody:x:65534:65534:nobody:/:/bin/false\n"
                 "ldap-alice:x:31337:100::/:/bin/sh\n",
                 NULL);
}

static void USER_is_not_believed_for_another_id(void **state)
{
    (void)state;
    setenv("USER", "alice", 1);
    assert_files(4711, 100,
                 "root:x:0:0:root:/root:/bin/sh\n"
                 "nobody:x:65534:65534:nobody:/:/bin/false\n"
                 "charlie:x:4711:100:Charlie:/:/bin/sh\n",
                 NULL);
}

static void home_is_below_home_by_the_name(void **state)
{
    static const char *const unfit[] = { "", "a:b", "a\nroot::0:0::/:", "../x",
                                         "." };
    struct container plan = { .home = HOME_HOST, .image_users = true };
    struct users users = { 0 };

    (void)state;
    setenv("USER", "alice", 1);
    assert_int_equal(users_find_home(&plan, &users), 0);
    assert_int_equal(users_make_files(&plan, &users), 0);
    assert_string_equal(users.home, "/home/alice");
    assert_null(users.passwd);
    assert_null(users.group);
    users_free(&users);
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        deadline = 0; // each asks anew
        setenv("USER", unfit[i], 1);
        assert_int_equal(users_find_home(&plan, &users), 0);
        assert_string_equal(users.home, "/home/charlie");
        users_free(&users);
    }
}

static void further_groups_are_listed_with_the_user_once_each(void **state)
{
    static const gid_t groups[] = { 31338, 100, 4242, 65534, 65534, 0, 5555 };

    (void)state;
    memcpy(further, groups, sizeof groups);
    further_count = sizeof groups / sizeof groups[0];
    assert_files(1000, 100, NULL,
                 "root:x:0:\nnogroup:x:65534:\nphysics:x:100:\n"
                 "project:x:4242:alice\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_user_of_the_host_keeps_name_and_gecos, start),
        cmocka_unit_test_setup(root_and_nobody_are_not_listed_twice, start),
        cmocka_unit_test_setup(
            USER_names_the_caller_whom_the_host_does_not_know, start),
        cmocka_unit_test_setup(USER_is_not_believed_for_another_id, start),
        cmocka_unit_test_setup(home_is_below_home_by_the_name, start),
        cmocka_unit_test_setup(
            further_groups_are_listed_with_the_user_once_each, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
