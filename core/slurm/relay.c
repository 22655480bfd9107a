// relay.c - signals on their way to a step of Slurm's.
// SPDX-License-Identifier: MIT
#include "core/slurm/relay.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/log.h"
#include "core/base/spawn.h"
#include "core/slurm/job_record.h"

#define PAUSE_MS 100  // a step takes signals a moment after it got its number
#define KEEP_MS 20000 // then srun has to help, which ch-scrun delete waits for
#define SIGNALS 64

static int64_t now_ms(void)
{
    return helper_deadline(0);
}

static uint64_t bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

static void start(struct relay *relay)
{
    char option[32], step[STEP_TEXT];
    const char *const argv[] = { "scancel", "--quiet", option, step, NULL };
    const struct spawn plan = { argv, { -1, -1, -1 }, SIGKILL };

    snprintf(option, sizeof option, "--signal=%d", relay->signal);
    if (job_record_step(relay->folder, step))
        relay->scancel = spawn(&plan);
    if (relay->scancel > 0)
        return;
    relay->scancel = 0;
    if (err_text()[0] != '\0')
        log_step("%s", err_text());
    err_clear();
}

static void stop(struct relay *relay)
{
    if (relay->scancel > 0) {
        kill(relay->scancel, SIGKILL);
        while (waitpid(relay->scancel, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    relay->scancel = 0;
}

static void choose(struct relay *relay, int64_t now)
{
    if (relay->signal != 0 || relay->waiting == 0)
        return;
    relay->signal = 1;
    while ((relay->waiting & bit(relay->signal)) == 0)
        relay->signal++;
    relay->again = now;
    relay->end = now + KEEP_MS;
}

// Has scancel succeeded?
static bool has_arrived(struct relay *relay)
{
    int status;

    if (relay->scancel == 0 ||
        waitpid(relay->scancel, &status, WNOHANG) != relay->scancel)
        return false;
    relay->scancel = 0;
    relay->again = now_ms() + PAUSE_MS;
    return spawn_status(status) == 0;
}

static void forget(struct relay *relay)
{
    relay->waiting &= ~bit(relay->signal);
    relay->signal = 0;
}

void relay_add(struct relay *relay, int signal)
{
    if (signal < 1 || signal > SIGNALS || (relay->waiting & bit(SIGKILL)) != 0)
        return;
    if (signal == SIGKILL) {
        stop(relay);
        relay->waiting = 0;
        relay->signal = 0;
    }
    relay->waiting |= bit(signal);
}

int relay_go_on(struct relay *relay, int *lost)
{
    int64_t now = now_ms();

    *lost = 0;
    if (has_arrived(relay))
        forget(relay);
    choose(relay, now);
    if (relay->signal == 0)
        return -1;
    if (now >= relay->end) {
        stop(relay);
        *lost = relay->signal;
        forget(relay);
        return 0;
    }
    if (relay->scancel == 0 && now >= relay->again) {
        start(relay);
        relay->again = now + PAUSE_MS;
    }
    return (int)((relay->scancel > 0 ? relay->end : relay->again) - now);
}

void relay_end(struct relay *relay)
{
    stop(relay);
    relay->waiting = 0;
    relay->signal = 0;
}
