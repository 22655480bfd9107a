// execute.c - turn this process into the command.
//
// What execvp(3) of musl leaves out is done here: a script without "#!" is the
// shell's (exec(3)). And where the kernel's errno misleads, the file is looked
// at once more to say what is wrong.
// SPDX-License-Identifier: MIT
#include "core/run/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/base/words.h"
#include "core/run/interpreter.h"
#include "core/run/launch.h"

#define HEAD 65536 // bytes of a program that are looked at

extern char **environ;

// How the file begins; *size is 0 if it can't be read.
static char *read_head(const char *file, size_t *size)
{
    cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *head = malloc(HEAD);
    ssize_t n = fd < 0 || head == NULL ? 0 : read(fd, head, HEAD);

    *size = n > 0 ? (size_t)n : 0;
    return head;
}

static int execute_script(const char *file, char *const *argv)
{
    size_t count = 0;
    char **longer;

    while (argv[count] != NULL)
        count++;
    longer = calloc(count + 2, sizeof *longer);
    if (longer == NULL)
        return failed(errno, "can't exec: %s", argv[0]);
    memcpy(longer + 1, argv, count * sizeof *longer);
    longer[0] = (char[]){ "sh" };
    longer[1] = strdup(file);
    execv("/bin/sh", longer);
    free(longer[1]);
    free(longer);
    return failed(errno, "can't exec: /bin/sh, for the script %s", argv[0]);
}

// The kernel takes all words only if they fit a quarter of the stack.
static int refuse_long(char *const *argv)
{
    size_t most = execute_variable_max();

    for (char **variable = environ; *variable != NULL; variable++)
        if (strlen(*variable) > most)
            return failed(
                E2BIG, "can't exec: %s: $%.*s has more than %zu bytes", argv[0],
                (int)strcspn(*variable, "="), *variable, most);
    return failed(E2BIG,
                  "can't exec: %s: the environment and the arguments are "
                  "longer than the limit of the stack (ulimit -s) allows",
                  argv[0]);
}

// The kernel has refused "file": why, and is there another way?
static int execute_otherwise(int errnum, const char *file, char *const *argv)
{
    size_t size;
    cleanup_free char *head = read_head(file, &size);
    cleanup_free char *interpreter = interpreter_of(head, size);

    if (errnum == E2BIG)
        return refuse_long(argv);
    if (errnum == ENOENT && interpreter != NULL &&
        access(interpreter, F_OK) < 0)
        return failed(errnum,
                      "can't exec: %s: its interpreter is not in the image: "
                      "%s",
                      argv[0], interpreter);
    if (errnum == ENOEXEC && interpreter_is_elf(head, size))
        return failed(errnum,
                      "can't exec: %s: is it built for another processor?",
                      argv[0]);
    if (errnum == ENOEXEC)
        return execute_script(file, argv);
    return failed(errnum, "can't exec: %s", argv[0]);
}

size_t execute_variable_max(void)
{
    return 32 * (size_t)sysconf(_SC_PAGESIZE) - 1; // execve(2)
}

char *execute_find(const char *name)
{
    const char *path = getenv("PATH");
    cleanup_free char *rest = NULL;
    char *at;

    if (strchr(name, '/') != NULL)
        return strdup(name);
    rest = strdup(path != NULL ? path : EXECUTE_USUAL_PATH);
    at = rest;
    while (at != NULL) {
        const char *dir = strsep(&at, ":");
        char *file = str_printf("%s%s%s", dir, dir[0] != '\0' ? "/" : "", name);

        if (file == NULL || access(file, X_OK) == 0)
            return file;
        free(file);
    }
    return NULL;
}

int execute(char *const *argv)
{
    cleanup_free char *shown = log_enabled(LOG_STEP) ? words_join(argv) : NULL;
    cleanup_free char *file = NULL;
    int errnum;

    if (shown != NULL)
        log_step("executing: %s", shown);
    log_call("execvp(%s)", argv[0]);
    execvp(argv[0], argv);
    errnum = errno;
    file = execute_find(argv[0]);
    if (argv[0][0] == '\0')
        failed(0, "can't exec: the name of the command is empty");
    else if (file == NULL)
        failed(errnum, "can't exec: %s", argv[0]);
    else
        execute_otherwise(errnum, file, argv);
    return failed_with(EXIT_EXEC);
}

int execute_file(const char *file, const char *const *argv)
{
    char *const *words = execute_words(argv);

    log_call("execve(%s)", file);
    execv(file, words);
    execute_otherwise(errno, file, words);
    return failed_with(EXIT_EXEC);
}

char *const *execute_words(const char *const *words)
{
    const union {
        const char *const *given;
        char *const *wanted;
    } as = { words };

    return as.wanted;
}
