// log.c - what the user is told while a command works; stderr only.
//
// A line goes out in one write(2), so that the lines of many ranks on one
// terminal or in one file do not run into each other. Control characters are
// shown as \xNN: names come from images and may not drive a terminal.
// SPDX-License-Identifier: MIT
#include "core/base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define TEXT_SIZE (2 * PATH_MAX + 512) // as in err.c
#define LINE_SIZE (TEXT_SIZE + 256)

static const char *program = "ch";
static enum log_level enabled = LOG_WARN;
static bool colored;
static int file = -1; // besides stderr
static bool file_is_json;

static const char *const colors[] = {
    [LOG_ERROR + 1] = "\033[1;31m", [LOG_WARN + 1] = "\033[33m",
    [LOG_STEP + 1] = "\033[36m",    [LOG_WHY + 1] = "\033[34m",
    [LOG_CALL + 1] = "\033[2m",
};
static const char color_end[] = "\033[0m\n"; // of the line, too

struct line {
    char text[LINE_SIZE];
    size_t length;
};

// Not on the stack, which may be small by the caller's limit.
static _Thread_local struct line line_here;
static _Thread_local char text_here[TEXT_SIZE];

static const char *const level_words[] = {
    [LOG_ERROR + 1] = "error", [LOG_WARN + 1] = "warning",
    [LOG_STEP + 1] = "info",   [LOG_WHY + 1] = "debug",
    [LOG_CALL + 1] = "trace",
};

// Room for the end of the line is kept.
static void put(struct line *line, const char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool control = (c < ' ' && c != '\t') || c == '\x7f';

        if (line->length + 4 + sizeof color_end > sizeof line->text)
            return;
        if (control) {
            line->text[line->length++] = '\\';
            line->text[line->length++] = 'x';
            line->text[line->length++] = digits[c >> 4];
            c = (unsigned char)digits[c & 15];
        }
        line->text[line->length++] = (char)c;
    }
}

// What drives the terminal is put as it is.
static void put_raw(struct line *line, const char *text)
{
    size_t length = strlen(text);

    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void write_json(enum log_level level, const char *text)
{
    struct json *object = json_object();
    struct timespec now;
    struct tm utc;
    char stamp[64];
    cleanup_free char *out = NULL;
    cleanup_free char *ended = NULL;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_add_string(object, "msg", text);
    json_add_string(object, "level", level_words[level + 1]);
    json_add_string(object, "time", stamp);
    out = json_text(object, false);
    json_free(object);
    ended = str_printf("%s\n", out);
    if (ended == NULL || write(file, ended, strlen(ended)) < 0)
        return; // nobody is left who could be told
}

static void say(enum log_level level, const char *kind, const char *text,
                const char *more)
{
    struct line *line = &line_here;
    char pid[32];

    line->length = 0;
    snprintf(pid, sizeof pid, "[%d]: ", (int)getpid());
    if (colored)
        put_raw(line, colors[level + 1]);
    put(line, program);
    put(line, pid);
    put(line, kind);
    put(line, text);
    put(line, more);
    put_raw(line, colored ? color_end : "\n");
    if (file >= 0 && file_is_json)
        write_json(level, text);
    else if (file >= 0 && write(file, line->text, line->length) < 0)
        file = -1;
    if (file >= 0 && level > LOG_ERROR)
        return;
    if (write(STDERR_FILENO, line->text, line->length) < 0)
        return; // nobody is left who could be told
}

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
    enabled = level;
}

enum log_level log_level(void)
{
    return enabled;
}

void log_to(int fd, bool json)
{
    file = fd;
    file_is_json = json;
}

void log_color_set(enum log_color when)
{
    colored = when == LOG_COLOR_ALWAYS ||
              (when == LOG_COLOR_AUTO && isatty(STDERR_FILENO));
}

bool log_enabled(enum log_level level)
{
    return level <= enabled;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;

    if (!log_enabled(level))
        return;
    va_start(ap, fmt);
    vsnprintf(text_here, sizeof text_here, fmt, ap);
    va_end(ap);
    say(level, "", text_here, "");
    errno = saved;
}

void log_pending_error(void)
{
    say(LOG_ERROR, "error: ", err_text(),
        log_enabled(LOG_STEP) ? err_place() : "");
}
