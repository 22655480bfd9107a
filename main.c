// main.c - one binary, many commands: find the applet that is meant.
//
//     ln -s ch ch-run && ./ch-run IMAGE -- CMD      by the name it is called by
//     ln -s ch crun && ./crun run ID                ch-oci, in place of crun
//     ch run IMAGE -- CMD, ch ch-run IMAGE -- CMD   by the first argument
//     CH_APPLET=ch-run ./any-name IMAGE -- CMD      by the environment
//
// The latter two are for batch systems that copy the program to the nodes under
// a name of their own making.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applets.h"
#include "build/gen/versions.h"
#include "core/base/command.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/proc.h"

#define PROGRAM "ch"

// --- what the program does for itself

static int list(int argc, char **argv)
{
    (void)argc, (void)argv; // one signature for all commands
    for (const struct command *c = applets; c->name != NULL; c++)
        printf("%s\n", c->name);
    return 0;
}

static int version(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("%s %s\nwith %s\n", PROGRAM, CH_VERSION, THIRD_PARTY_VERSIONS);
    return 0;
}

static int help(int argc, char **argv);
static int completion(int argc, char **argv);

static const struct command own[] = {
    { "install", "copy this program and its links into a folder",
      install_main },
    { "completion", "print a completion script for the shell", completion },
    { "--list", "print the names of the applets", list },
    { "--version", "print the versions of all that is inside", version },
    { "-V", NULL, version },
    { "--help", "show this help", help },
    { "-?", NULL, help },
    { "-h", NULL, help },
    { NULL, NULL, NULL },
};

static int completion(int argc, char **argv)
{
    return completion_main(argc, argv, own);
}

static void print_commands(const struct command *table)
{
    for (const struct command *c = table; c->name != NULL; c++)
        if (c->summary != NULL)
            printf("  %-12s %s\n", c->name, c->summary);
}

static int help(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("usage: %s APPLET [ARG...]    or by a link named as the applet\n\n"
           "applets (\"ch-\" may be left out):\n",
           PROGRAM);
    print_commands(applets);
    printf("\nfor itself:\n");
    print_commands(own);
    return 0;
}

// --- which of them is meant

// "ch-run" or "run".
static const struct command *find_applet(const char *word)
{
    const struct command *found = command_find(applets, word);
    char name[64];

    if (found != NULL)
        return found;
    snprintf(name, sizeof name, PROGRAM "-%s", word);
    return command_find(applets, name);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

// By the environment, or a word that the program itself knows. *skip is 1 if
// it was the word. NULL after failed().
static const struct command *find_otherwise(const char *called,
                                            const char *word, int *skip)
{
    const char *name = getenv("CH_APPLET");
    bool renamed = strcmp(called, PROGRAM) != 0;
    const struct command *found;

    if (renamed && name != NULL) {
        found = find_applet(name);
        if (found == NULL)
            failed(0, "$CH_APPLET: no such applet: %s", name);
        return found;
    }
    if (word == NULL && !renamed)
        return command_find(own, "--help");
    *skip = 1;
    found = command_find(own, word != NULL ? word : "");
    if (found == NULL && renamed)
        failed(0,
               "called as %s, but neither the first argument nor $CH_APPLET "
               "names an applet, such as ch-run",
               called);
    else if (found == NULL)
        failed(0, "no such applet: %s; see ch --help", word);
    return found;
}

static int run(int argc, char **argv)
{
    const char *called = argc > 0 ? last_part(argv[0]) : PROGRAM;
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct command *found = command_find(applets, called);
    int skip = 0; // words in front of the one that is the command's argv[0]

    if (found == NULL)
        found = command_find(stand_ins, called);
    if (found == NULL && word != NULL) {
        found = find_applet(word);
        skip = found != NULL;
    }
    if (found == NULL)
        found = find_otherwise(called, word, &skip);
    if (found == NULL)
        return -1;
    if (command_find(own, found->name) == NULL)
        log_program(found->name);
    // it would hand its privileges to the command, or to whoever is served
    if (proc_is_setid())
        return failed(0, "refusing to run setuid or setgid: remove these bits "
                         "from the program's mode");
    return found->main(argc - skip, argv + skip);
}

int main(int argc, char **argv)
{
    int status = proc_fill_stdio();

    if (status == 0)
        status = run(argc, argv);
    status = proc_finish_stdout(status);
    if (status >= 0)
        return status;
    log_pending_error();
    return err_exit_code();
}
