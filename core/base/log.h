// log.h - what the user is told while a command works; stderr only.
//
// Default is silence but for warnings. Each -v opens one level more, -q
// closes warnings too. A line is "PROGRAM[PID]: TEXT", as Charliecloud's
// tools write it, so that lines of many ranks can be told apart.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

enum log_level {
    LOG_ERROR = -1, // -q: errors only
    LOG_WARN,       // default
    LOG_STEP,       // -v: each step in a line
    LOG_WHY,        // -v -v: why it was taken
    LOG_CALL,       // -v -v -v: system calls
};

// Set the program's name (borrowed, for the life of the process). Until
// called, the name is "ch".
void log_program(const char *name);
const char *log_program_name(void);

void log_level_set(enum log_level level);
enum log_level log_level(void);
bool log_enabled(enum log_level level);

// Shall lines be coloured by their level (ECMA-48)? Auto: if the standard error
// output is a terminal. Until called: never.
enum log_color { LOG_COLOR_NEVER, LOG_COLOR_AUTO, LOG_COLOR_ALWAYS };
void log_color_set(enum log_color when);

// From now on, write to this descriptor, which stays the caller's, as well:
// lines of JSON ({"msg":...,"level":...,"time":...}), or text. Only errors go
// to stderr then.
void log_to(int fd, bool json);

// Write one line when "level" is enabled. errno is preserved.
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_warn(...) log_line(LOG_WARN, "warning: " __VA_ARGS__)
#define log_step(...) log_line(LOG_STEP, __VA_ARGS__)
#define log_why(...) log_line(LOG_WHY, __VA_ARGS__)
#define log_call(...) log_line(LOG_CALL, __VA_ARGS__)

// Print the pending error (err.h) as "PROGRAM[PID]: error: TEXT", and from -v
// on its place in the source; main.c only.
void log_pending_error(void);
