// wrap: getpwuid getgrgid geteuid
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/run/users.h"

struct passwd *__wrap_getpwuid(uid_t uid);
struct group *__wrap_getgrgid(gid_t gid);
uid_t __wrap_geteuid(void);

struct passwd *__wrap_getpwuid(uid_t uid)
{
    (void)uid;
    return mock_ptr_type(struct passwd *);
}

struct group *__wrap_getgrgid(gid_t gid)
{
    (void)gid;
    return mock_ptr_type(struct group *);
}

uid_t __wrap_geteuid(void)
{
    return 1000;
}

static void assert_text(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    free(text);
}

static void a_user_of_the_host_keeps_name_and_gecos(void **state)
{
    struct passwd alice = { .pw_name = "alice", .pw_gecos = "Alice A." };

    (void)state;
    will_return(__wrap_getpwuid, &alice);
    assert_text(users_passwd(1000, 100),
                "root:x:0:0:root:/root:/bin/sh\n"
                "nobody:x:65534:65534:nobody:/:/bin/false\n"
                "alice:x:1000:100:Alice A.:/:/bin/sh\n");
}

static void root_and_nobody_are_not_listed_twice(void **state)
{
    struct passwd root = { .pw_name = "root", .pw_gecos = "root" };
    struct passwd nobody = { .pw_name = "nobody", .pw_gecos = "" };

    (void)state;
    will_return(__wrap_getpwuid, &root);
    assert_text(users_passwd(0, 0), "nobody:x:65534:65534:nobody:/:/bin/false\n"
                                    "root:x:0:0:root:/:/bin/sh\n");
    will_return(__wrap_getpwuid, &nobody);
    assert_text(users_passwd(65534, 0), "root:x:0:0:root:/root:/bin/sh\n"
                                        "nobody:x:65534:0::/:/bin/sh\n");
}

static void a_user_that_the_files_do_not_know_is_named_by_USER(void **state)
{
    (void)state;
    setenv("USER", "ldap-alice", 1);
    assert_string_equal(users_name(), "ldap-alice");
    will_return(__wrap_getpwuid, NULL);
    assert_text(users_passwd(1000, 100),
                "root:x:0:0:root:/root:/bin/sh\n"
                "nobody:x:65534:65534:nobody:/:/bin/false\n"
                "ldap-alice:x:1000:100::/:/bin/sh\n");
}

static void USER_is_not_believed_for_another_id(void **state)
{
    (void)state;
    setenv("USER", "alice", 1);
    will_return(__wrap_getpwuid, NULL);
    assert_text(users_passwd(4711, 100),
                "root:x:0:0:root:/root:/bin/sh\n"
                "nobody:x:65534:65534:nobody:/:/bin/false\n"
                "charlie:x:4711:100:Charlie:/:/bin/sh\n");
}

static void a_name_that_would_break_the_file_is_not_used(void **state)
{
    static const char *const names[] = { "", "a:b",
                                         "a\nroot::0:0::/:", "../x" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv("USER", names[i], 1);
        will_return(__wrap_getpwuid, NULL);
        assert_string_equal(users_name(), "charlie");
    }
}

static void a_group_keeps_its_name(void **state)
{
    char name[] = "physics";
    struct group group = { .gr_name = name };

    (void)state;
    will_return(__wrap_getgrgid, &group);
    assert_text(users_group(1000, 100),
                "root:x:0:\nnogroup:x:65534:\nphysics:x:100:\n");
}

static void an_unknown_group_gets_a_name(void **state)
{
    (void)state;
    will_return(__wrap_getgrgid, NULL);
    assert_text(users_group(0, 0), "nogroup:x:65534:\ncharliegroup:x:0:\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_of_the_host_keeps_name_and_gecos),
        cmocka_unit_test(root_and_nobody_are_not_listed_twice),
        cmocka_unit_test(a_user_that_the_files_do_not_know_is_named_by_USER),
        cmocka_unit_test(USER_is_not_believed_for_another_id),
        cmocka_unit_test(a_name_that_would_break_the_file_is_not_used),
        cmocka_unit_test(a_group_keeps_its_name),
        cmocka_unit_test(an_unknown_group_gets_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
