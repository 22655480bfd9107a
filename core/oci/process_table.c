// process_table.c - the processes of a container as ps(1) shows them.
//
// By the host's ps, which knows all its columns and options, of whose lines
// those of other processes are left out.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/helper.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/oci/processes.h"

#define ANSWER_MS 10000
#define TEXT_MOST (16 << 20) // bytes

// Where the next word begins after so many; NULL: there is none.
static const char *word_of(const char *line, size_t index)
{
    const char *at = line + strspn(line, " ");

    for (; index > 0 && *at != '\0'; index--) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return *at != '\0' ? at : NULL;
}

// Which word of the lines is the process id; -1: none.
static int find_column(const char *header)
{
    const char *word;

    for (size_t i = 0; (word = word_of(header, i)) != NULL; i++)
        if (strcspn(word, " ") == strlen("PID") &&
            strncmp(word, "PID", strlen("PID")) == 0)
            return (int)i;
    return -1;
}

static bool is_listed(const char *word, const pid_t *pids, size_t count)
{
    long pid = word != NULL ? strtol(word, NULL, 10) : 0;

    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

// What ps prints; NULL after failed(), ENOENT if there is none.
static char *ask(char *const *options)
{
    size_t count = 0;
    cleanup_free const char **argv = NULL;
    char *text = NULL;
    int status;

    while (options[count] != NULL)
        count++;
    argv = calloc(count + 3, sizeof *argv);
    if (argv == NULL) {
        failed(errno, "can't list the words of ps");
        return NULL;
    }
    argv[0] = "ps";
    argv[1] = "-ef";
    memcpy(argv + (count > 0 ? 1 : 2), options, count * sizeof *argv);
    status = helper_run(&(struct helper){ .argv = argv,
                                          .stream = STDOUT_FILENO,
                                          .most = TEXT_MOST,
                                          .end = helper_deadline(ANSWER_MS) },
                        &text);
    if (status == 0)
        return text;
    if (status > 0) {
        free(text);
        failed(0, "ps ended with exit status %d", status);
    }
    return NULL;
}

static int print_listed(char *text, const pid_t *pids, size_t count)
{
    int column = -1;

    for (char *line = strsep(&text, "\n"); line != NULL;
         line = strsep(&text, "\n")) {
        bool first = column < 0;

        if (first)
            column = find_column(line);
        if (column < 0)
            return failed(0, "ps prints no PID: %s", line);
        if (first || is_listed(word_of(line, (size_t)column), pids, count))
            printf("%s\n", line);
    }
    return 0;
}

int processes_print(const pid_t *pids, size_t count, char *const *options)
{
    cleanup_free char *text = ask(options);

    if (text != NULL)
        return print_listed(text, pids, count);
    if (err_num() != ENOENT || options[0] != NULL)
        return -1;
    log_step("%s", err_text());
    err_clear();
    printf("PID\n");
    for (size_t i = 0; i < count; i++)
        printf("%d\n", (int)pids[i]);
    return 0;
}
