// log.c - what the user is told while a command works; stderr only.
// SPDX-License-Identifier: MIT
#include "core/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/err.h"

#define LOG_LINE 16384 // bytes of one line; two paths of 4096 fit in

static const char *program = "ch";
static enum log_level threshold = LOG_WARN;

void log_program(const char *name)
{
    program = name;
}

const char *log_program_name(void)
{
    return program;
}

void log_level_set(enum log_level level)
{
    threshold = level;
}

bool log_enabled(enum log_level level)
{
    return level <= threshold;
}

// One write(2) for the line, so that lines of many ranks do not mix.
static void print(const char *text)
{
    char line[LOG_LINE];
    int length = snprintf(line, sizeof line, "%s[%d]: %s\n", program,
                          (int)getpid(), text);

    if (length >= (int)sizeof line) {
        length = (int)sizeof line - 1;
        line[length - 1] = '\n';
    }
    // nobody is left to tell when stderr fails
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
        return;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    int saved = errno;
    char text[LOG_LINE];
    va_list ap;

    if (!log_enabled(level))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    print(text);
    errno = saved;
}

void log_pending_error(void)
{
    log_line(LOG_ERROR, "error: %s", err_text());
}
