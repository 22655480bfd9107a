// many.c - start commands many at a time and compare how long all take.
//
//     many COUNT AT_ONCE LABEL COMMAND [ARG...] [, LABEL COMMAND [ARG...]]...
//
// As ranks of a job do: AT_ONCE processes run at any time, until COUNT have
// ended. Prints the best of several runs by turns, for one command and as ratio
// to the first.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 8, TURNS = 5 };

struct command {
    const char *label;
    char **argv;
    double best; // microseconds for all
};

static struct command commands[MAX_COMMANDS];
static int command_count;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void start(char **argv)
{
    pid_t pid = vfork();

    if (pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0) {
        perror("many: vfork");
        exit(1);
    }
}

static void run_all(struct command *command, int count, int at_once)
{
    double began = now();
    int started = 0, status;

    for (int ended = 0; ended < count; ended++) {
        while (started < count && started - ended < at_once) {
            start(command->argv);
            started++;
        }
        if (wait(&status) < 0 || status != 0) {
            fprintf(stderr, "many: %s: wait status %d\n", command->label,
                    status);
            exit(1);
        }
    }
    if (command->best == 0 || now() - began < command->best)
        command->best = now() - began;
}

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[1]) : 0;
    int at_once = argc > 2 ? atoi(argv[2]) : 0;

    for (int i = 3; i < argc && command_count < MAX_COMMANDS; i++) {
        commands[command_count].label = argv[i];
        commands[command_count++].argv = argv + i + 1;
        while (i < argc && strcmp(argv[i], ",") != 0)
            i++;
        argv[i] = NULL;
    }
    if (count < 1 || at_once < 1 || command_count == 0) {
        fprintf(stderr, "usage: many COUNT AT_ONCE LABEL COMMAND... [, ...]\n");
        return 1;
    }
    for (int turn = 0; turn < TURNS; turn++)
        for (int i = 0; i < command_count; i++)
            run_all(&commands[i], count, at_once);
    printf("%-18s %7s %8s\n", "", "x", "us each");
    for (int i = 0; i < command_count; i++)
        printf("%-18s %7.2f %8.0f\n", commands[i].label,
               commands[i].best / commands[0].best, commands[i].best / count);
    return 0;
}
