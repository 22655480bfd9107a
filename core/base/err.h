// err.h - the one pending error of this thread.
//
// A function that can fail returns 0 (or a value >= 0, or a pointer) on
// success and -1 (or NULL) on failure, having called failed() exactly once,
// at the place that knows what was being attempted.  Callers pass the -1 on,
// adding what *they* were doing with failed_while() only where that helps the
// user.  Nothing in core/ prints an error or exits; main.c does both.
// SPDX-License-Identifier: MIT
#pragma once

// failed(errnum, fmt, ...): record "fmt" and, unless errnum is 0,
// errno_text(errnum), and where in the source that was.  Returns -1.
#define failed(...) failed_from(__FILE_NAME__, __LINE__, __VA_ARGS__)
int failed_from(const char *file, int line, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), cold));

// Prefix the pending error: "creating c1: <what it said>".  Returns -1.
int failed_while(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), cold));

// Make the process exit with this code (default 1) if the error gets to main.
int failed_with(int exit_code);

const char *err_text(void); // "" if nothing is pending

// For those who look for the reason in the source: " (file.c:LINE ERRNO)",
// without ERRNO if there is none. The text is the thread's, until the next
// call.
const char *err_place(void);
int err_num(void); // errno of the pending error, 0 if none
int err_exit_code(void);
void err_clear(void);

// Put the pending error aside, for something else that is to be done and may
// fail by itself; and make it the pending one again, if there was one. NULL: no
// memory to keep it in, and it is forgotten.
struct err_kept;
struct err_kept *err_put_aside(void);
void err_take_back(struct err_kept *kept);

// Carry the pending error from a forked child to its parent over a pipe.
// err_recv() returns 0 if the writer closed without sending one.
void err_send(int fd);
int err_recv(int fd);
