// spawn.c - start commands by turns and compare what a start costs.
//
//     spawn ROUNDS LABEL COMMAND [ARG...] [, LABEL COMMAND [ARG...]]...
//
// Wall time is from before fork to the command's end as its parent sees it;
// CPU time is that of the command and of whatever it leaves behind (a server),
// which is waited for before the next start. Prints medians with quartiles, and
// ratios to the command labelled "floor", else to the first: of the medians,
// and of the best, which tell more where other work disturbs.
// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, WARM_UP = 3 };

struct sample {
    double wall; // microseconds
    double cpu;
};

struct command {
    const char *label;
    char **argv;
    long peak; // KiB, of the largest of its processes
    double *wall;
    double *cpu;
};

static struct command commands[MAX_COMMANDS];
static int command_count;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double cpu_of(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

// Start it, wait, then wait for what it left behind (we are its reaper).
static struct sample start(struct command *command)
{
    struct sample sample = { 0 };
    struct rusage usage;
    double began = now();
    int status = 0;
    pid_t pid = vfork();

    if (pid == 0) {
        execv(command->argv[0], command->argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
        fprintf(stderr, "spawn: %s: wait status %d\n", command->label, status);
        exit(1);
    }
    sample.wall = now() - began;
    sample.cpu = cpu_of(&usage);
    if (usage.ru_maxrss > command->peak)
        command->peak = usage.ru_maxrss;
    while (wait4(-1, &status, 0, &usage) > 0) {
        sample.cpu += cpu_of(&usage);
        if (usage.ru_maxrss > command->peak)
            command->peak = usage.ru_maxrss;
    }
    return sample;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quartile(const double *sorted, int count, int which)
{
    return sorted[(count - 1) * which / 4];
}

static void measure(int rounds)
{
    for (int i = 0; i < command_count; i++) {
        commands[i].wall = calloc((size_t)rounds, sizeof(double));
        commands[i].cpu = calloc((size_t)rounds, sizeof(double));
        for (int n = 0; n < WARM_UP; n++)
            start(&commands[i]);
    }
    for (int n = 0; n < rounds; n++) {
        for (int i = 0; i < command_count; i++) {
            struct sample sample = start(&commands[i]);

            commands[i].wall[n] = sample.wall;
            commands[i].cpu[n] = sample.cpu;
        }
    }
}

static void print_table(int rounds)
{
    const struct command *floor = &commands[0];

    for (int i = 0; i < command_count; i++) {
        qsort(commands[i].wall, (size_t)rounds, sizeof(double), by_value);
        qsort(commands[i].cpu, (size_t)rounds, sizeof(double), by_value);
        if (strcmp(commands[i].label, "floor") == 0)
            floor = &commands[i];
    }
    printf("%-18s %7s %7s %8s %15s %6s %7s %6s\n", "", "x wall", "x best", "us",
           "quartiles", "x CPU", "us CPU", "KiB");
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        double wall = quartile(c->wall, rounds, 2);
        double cpu = quartile(c->cpu, rounds, 2);

        printf("%-18s %7.2f %7.2f %8.0f %6.0f .. %5.0f %6.2f %7.0f %6ld\n",
               c->label, wall / quartile(floor->wall, rounds, 2),
               c->wall[0] / floor->wall[0], wall, quartile(c->wall, rounds, 1),
               quartile(c->wall, rounds, 3),
               cpu / quartile(floor->cpu, rounds, 2), cpu, c->peak);
    }
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 0;

    for (int i = 2; i < argc && command_count < MAX_COMMANDS; i++) {
        commands[command_count].label = argv[i];
        commands[command_count++].argv = argv + i + 1;
        while (i < argc && strcmp(argv[i], ",") != 0)
            i++;
        argv[i] = NULL;
    }
    if (rounds < 1 || command_count == 0) {
        fprintf(stderr, "usage: spawn ROUNDS LABEL COMMAND... [, ...]\n");
        return 1;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    measure(rounds);
    print_table(rounds);
    return 0;
}
