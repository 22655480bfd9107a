// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/oci/state.h"
#include "tests/unit/base_dir.h"

static void a_folder_is_claimed_once(void **state)
{
    cleanup_folder struct folder first = FOLDER_NONE;
    cleanup_folder struct folder second = FOLDER_NONE;
    cleanup_folder struct folder found = FOLDER_NONE;

    (void)state;
    assert_int_equal(folder_claim(&first, base, "c1"), 0);
    assert_int_equal(folder_claim(&second, base, "c1"), -1);
    assert_int_equal(err_num(), EEXIST);
    err_clear();
    assert_int_equal(folder_open(&found, base, "c1"), 0);
    assert_true(folder_is_locked(&found));
    assert_int_equal(folder_remove(&found), 0);
}

static void a_lock_ends_with_its_owner(void **state)
{
    cleanup_folder struct folder folder = FOLDER_NONE;
    cleanup_folder struct folder found = FOLDER_NONE;

    (void)state;
    assert_int_equal(folder_claim(&folder, base, "c1"), 0);
    assert_int_equal(folder_open(&found, base, "c1"), 0);
    close(folder.lock);
    folder.lock = -1;
    assert_false(folder_is_locked(&found));
    assert_int_equal(folder_remove(&found), 0);
    assert_int_equal(folder_remove(&found), 0); // somebody else was faster
}

static void what_dead_processes_leave_is_swept_up(void **state)
{
    cleanup_folder struct folder folder = FOLDER_NONE;
    char name[64];
    pid_t pid = fork();
    struct stat st;

    (void)state;
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    snprintf(name, sizeof name, "@%d-c0", (int)pid);
    assert_int_equal(mkdirat(top, name, 0700), 0);
    assert_int_equal(folder_claim(&folder, base, "c1"), 0);
    assert_int_equal(fstatat(top, name, &st, 0), -1);
    assert_int_equal(folder_remove(&folder), 0);
}

static void ids_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const bad[] = {
        "", ".", "..", "a/b", "@a", "a b", "\n"
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cleanup_folder struct folder folder = FOLDER_NONE;

        assert_int_equal(folder_open(&folder, base, bad[i]), -1);
        assert_true(strstr(err_text(), "container ID") != NULL ||
                    strstr(err_text(), "id of the container") != NULL);
        err_clear();
    }
}

static void a_state_is_read_as_it_was_saved(void **state)
{
    cleanup_folder struct folder folder = FOLDER_NONE;
    cleanup_state struct state saved = { 0 };
    cleanup_state struct state found = { 0 };
    static const struct pair annotations[] = { { "a", "b\n" } };
    const struct spec spec = { .version = "1.0.0",
                               .annotations = annotations,
                               .annotation_count = 1,
                               .jail = { .bundle = "/b", .root = "/b/r" } };

    (void)state;
    assert_int_equal(folder_claim(&folder, base, "c1"), 0);
    state_begin(&saved, "c1", &spec);
    assert_int_equal(state_set_process(&saved, getpid()), 0);
    assert_int_equal(state_save(&saved, &folder), 0);
    assert_int_equal(state_load(&found, &folder), 0);
    assert_string_equal(found.id, "c1");
    assert_string_equal(found.bundle, "/b");
    assert_string_equal(found.rootfs, "/b/r");
    assert_string_equal(found.created, saved.created);
    assert_string_equal(found.annotations[0].value, "b\n");
    assert_int_equal(found.pid, getpid());
    assert_true(found.start_time == saved.start_time);
    assert_int_equal(folder_remove(&folder), 0);
}

static void the_status_follows_from_lock_and_process(void **state)
{
    cleanup_folder struct folder folder = FOLDER_NONE;
    cleanup_state struct state s = { 0 };
    const struct spec spec = { .version = "1.0.0" };

    (void)state;
    assert_int_equal(folder_claim(&folder, base, "c1"), 0);
    state_begin(&s, "c1", &spec);
    assert_int_equal(state_set_process(&s, getpid()), 0);
    assert_int_equal(state_status(&s, &folder), STATUS_CREATING);
    s.made = true;
    assert_int_equal(state_status(&s, &folder), STATUS_CREATED);
    close(folder.lock);
    folder.lock = -1;
    assert_int_equal(state_status(&s, &folder), STATUS_RUNNING);
    s.start_time++;
    assert_int_equal(state_status(&s, &folder), STATUS_STOPPED);
    s.start_time--;
    s.made = false; // its maker died before it was whole
    assert_int_equal(state_status(&s, &folder), STATUS_STOPPED);
    assert_int_equal(folder_remove(&folder), 0);
}

static void a_damaged_state_is_an_error_that_names_it(void **state)
{
    cleanup_folder struct folder folder = FOLDER_NONE;
    cleanup_state struct state found = { 0 };

    (void)state;
    assert_int_equal(folder_claim(&folder, base, "c1"), 0);
    assert_int_equal(folder_write(&folder, "state.json", "{\"pid\":\"x\"}"), 0);
    assert_int_equal(state_load(&found, &folder), -1);
    assert_string_equal(err_text(), "state.json: pid: expected a number");
    err_clear();
    assert_int_equal(folder_remove(&folder), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_is_claimed_once),
        TEST(a_lock_ends_with_its_owner),
        TEST(what_dead_processes_leave_is_swept_up),
        TEST(ids_that_lead_elsewhere_are_refused),
        TEST(a_state_is_read_as_it_was_saved),
        TEST(the_status_follows_from_lock_and_process),
        TEST(a_damaged_state_is_an_error_that_names_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
