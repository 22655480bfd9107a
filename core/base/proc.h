// proc.h - processes: waiting for them, telling one from a reused pid.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Wait for a child. Returns its exit code, 128+N when killed by signal N, or
// -1 after failed().
int proc_wait(pid_t pid);

// _exit(2), also where a filter of system calls forbids it: then by a signal.
_Noreturn void proc_end(int status);

// A child that is be(arg, report). Its pid, once it has closed "report", which
// execve(2) does, too; -1 after failed(), also with what it has sent there by
// err_send(): then it has ended.
pid_t proc_fork(void (*be)(const void *arg, int report), const void *arg);

// Start time of a process in clock ticks since boot (proc(5), stat field 22):
// with the pid it names a process for good. 0, or -1 with errno.
int proc_start_time(pid_t pid, uint64_t *ticks);

// A descriptor of a process (pidfd_open(2), Linux 5.3), close-on-exec; poll(2)
// finds it readable when the process has ended. -1 with errno.
int proc_open(pid_t pid);

// Is it running, waiting or sleeping, under the program's name that the caller
// has too? Not if it is stopped, dead, unknown, or has executed another.
bool proc_is_at_work(pid_t pid);

// Is it the process that started at this time, and has it not ended (a zombie
// has)?
bool proc_is_alive(pid_t pid, uint64_t start_time);

// Send a signal to the process that started at this time, and to no other. 0,
// or -1 with errno; ESRCH: it is gone.
int proc_signal(pid_t pid, uint64_t start_time, int signal);

// Wait until that process has ended, at most so many milliseconds. Has it?
bool proc_wait_gone(pid_t pid, uint64_t start_time, int milliseconds);

// Is it stopped, by a signal or a debugger? Not if it can't be seen.
bool proc_is_stopped(pid_t pid);

// Open /dev/null, close-on-exec, for those of stdin, stdout and stderr that are
// closed, so that no file of ours gets such a number; a program that is
// executed finds them closed again. 0, or -1 after failed().
int proc_fill_stdio(void);

// "status", or -1 after failed() if it is not negative but what was printed to
// stdout can't be written.
int proc_finish_stdout(int status);

// Point stdin, stdout and stderr at /dev/null. 0, or -1 after failed().
int proc_null_stdio(void);

// Close every descriptor above 2 but those listed; the list is sorted in
// place. 0, or -1 after failed().
int proc_close_others(int *keep, int count);

// The signals that this thread has blocked, bit N-1 for signal N, and to have
// them so again. sigprocmask(3) of musl keeps signals 32 to 34 for itself, of
// which 34 is a signal like others to programs of glibc (SIGRTMIN).
uint64_t proc_signals_blocked(void);
void proc_block_signals(uint64_t mask);

// Is this program running setuid or setgid? (auxv AT_SECURE is not enough: it
// is also set by file capabilities.)
bool proc_is_setid(void);
