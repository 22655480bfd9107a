// execute.c - turn this process into the command.
//
// What execvp(3) of musl leaves out is done here: a script without "#!" is the
// shell's (exec(3)).
// SPDX-License-Identifier: MIT
#include "core/run/execute.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/run/launch.h"

static int execute_script(char *const *argv)
{
    size_t count = 0;
    char **longer;

    while (argv[count] != NULL)
        count++;
    longer = calloc(count + 2, sizeof *longer);
    if (longer == NULL)
        return failed(errno, "can't execute %s", argv[0]);
    longer[0] = (char[]){ "sh" };
    memcpy(longer + 1, argv, count * sizeof *longer);
    execv("/bin/sh", longer);
    free(longer);
    return failed(errno, "can't execve(2): /bin/sh, for the script %s",
                  argv[0]);
}

int execute(char *const *argv)
{
    log_step("executing: %s", argv[0]);
    execvp(argv[0], argv);
    if (errno == ENOEXEC && strchr(argv[0], '/') != NULL)
        execute_script(argv);
    else
        failed(errno, "can't execve(2): %s", argv[0]);
    return failed_with(EXIT_EXEC);
}
