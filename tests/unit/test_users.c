// wrap: fs_read geteuid
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/run/users.h"

// What /etc/passwd or /etc/group holds; NULL: there is none.
static const char *file;

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length);
uid_t __wrap_geteuid(void);

char *__wrap_fs_read(int dir, const char *path, size_t max, size_t *length)
{
    (void)dir;
    (void)max;
    (void)length;
    if (file != NULL)
        return str_dup(file);
    failed(ENOENT, "can't open %s", path);
    return NULL;
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
    (void)state;
    file = "root:x:0:0:root:/root:/bin/sh\nx:x:10000:0::/:/bin/sh\n"
           "alice:x:1000:7:Alice A.:/home/alice:/bin/bash\n";
    assert_text(users_passwd(1000, 100),
                "root:x:0:0:root:/root:/bin/sh\n"
                "nobody:x:65534:65534:nobody:/:/bin/false\n"
                "alice:x:1000:100:Alice A.:/:/bin/sh\n");
}

static void root_and_nobody_are_not_listed_twice(void **state)
{
    (void)state;
    file = "root:x:0:0:root:/root:/bin/sh\n"
           "nobody:x:65534:65534::/:/bin/false";
    assert_text(users_passwd(0, 0), "nobody:x:65534:65534:nobody:/:/bin/false\n"
                                    "root:x:0:0:root:/:/bin/sh\n");
    assert_text(users_passwd(65534, 0), "root:x:0:0:root:/root:/bin/sh\n"
                                        "nobody:x:65534:0::/:/bin/sh\n");
}

static void a_user_that_the_files_do_not_know_is_named_by_USER(void **state)
{
    (void)state;
    setenv("USER", "ldap-alice", 1);
    assert_text(users_home(), "/home/ldap-alice");
    file = NULL;
    assert_text(users_passwd(1000, 100),
                "root:x:0:0:root:/root:/bin/sh\n"
                "nobody:x:65534:65534:nobody:/:/bin/false\n"
                "ldap-alice:x:1000:100::/:/bin/sh\n");
}

static void USER_is_not_believed_for_another_id(void **state)
{
    (void)state;
    setenv("USER", "alice", 1);
    file = NULL;
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
        file = "";
        assert_text(users_home(), "/home/charlie");
    }
}

static void a_group_keeps_its_name(void **state)
{
    (void)state;
    file = "root:x:0:\nphysics:x:100:alice,bob\n";
    assert_text(users_group(1000, 100),
                "root:x:0:\nnogroup:x:65534:\nphysics:x:100:\n");
}

static void an_unknown_group_gets_a_name(void **state)
{
    (void)state;
    file = "no line\n:::\nx:y:1z:\n\n";
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
