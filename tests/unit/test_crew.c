// test_crew.c - unit tests of core/squash/crew.c: who waits for its threads
// looks up when a signal comes. That they do what they are for is seen in
// images (test_squash_write.c).
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/stop.h"
#include "core/squash/crew.h"

enum { JOBS = 2 };

static sem_t gate;

static struct job *create(void *user)
{
    return malloc(sizeof(struct job));
}

static void destroy(struct job *job)
{
    free(job);
}

static void *start(void *user)
{
    return &gate;
}

static void end(void *user, void *state)
{
}

static int work(void *user, struct job *job, void *state)
{
    while (sem_wait(state) < 0)
        ;
    return 0;
}

static int settle(void *user, struct job *job)
{
    return 0;
}

static const struct crew_ops slow = { create, destroy, start, end,
                                      work,   settle,  NULL };

// A crew with as many jobs as may be, none of which is done before the gate
// opens, and a signal. NULL if something is wrong.
static struct crew *busy_crew(void)
{
    struct crew *crew = crew_new(&slow, NULL, (struct crew_size){ 1, JOBS });

    if (crew == NULL || sem_init(&gate, 0, 0) < 0 || stop_catch() < 0)
        return NULL;
    for (int i = 0; i < JOBS; i++) {
        struct job *job = crew_get(crew);

        if (job == NULL || crew_put(crew, job) < 0)
            return NULL;
    }
    raise(SIGTERM);
    return crew;
}

static int leave(struct crew *crew)
{
    bool told = strstr(err_text(), "stopped by a signal") != NULL;

    for (int i = 0; i < JOBS; i++)
        sem_post(&gate);
    crew_free(crew);
    return told ? 0 : 3;
}

static int wait_for_a_job(void)
{
    struct crew *crew = busy_crew();

    if (crew == NULL)
        return 1;
    return crew_get(crew) != NULL ? 2 : leave(crew);
}

static int wait_for_the_end(void)
{
    struct crew *crew = busy_crew();

    if (crew == NULL)
        return 1;
    return crew_finish(crew) == 0 ? 2 : leave(crew);
}

static void ends_well(int (*body)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(20);
        _exit(body());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_signal_ends_waiting_for_a_job(void **state)
{
    ends_well(wait_for_a_job);
}

static void a_signal_ends_waiting_for_the_end(void **state)
{
    ends_well(wait_for_the_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_waiting_for_a_job),
        cmocka_unit_test(a_signal_ends_waiting_for_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
