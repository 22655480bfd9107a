// gate.h - a container in the making and its maker, and where each waits.
//
//     container                      maker
//     namespaces are there
//     gate_arrive(own pid)  ------>  gate_wait_arrival(): control groups, hooks
//     (waits)               <------  gate_open()
//     mounts, pivot
//     gate_arrive()         ------>  gate_wait_arrival(): saves the state
//     (waits)               <------  gate_open(): now it may outlive us
//
// Each of the two learns at once that the other one has gone, however it died:
// then the container ends, and the maker takes all back. An error of the
// container comes to the maker as its own.
// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

struct gate {
    int fd; // this end; -1: it is closed
};

// 0, or -1 after failed().
int gate_make(struct gate *container, struct gate *maker);
void gate_close(struct gate *gate);

// The container is ready for the next part, and waits. "pid" is what its maker
// knows it by; 0: as before. Its maker's answer is the pid to tell to hooks. 0,
// or -1 after failed(). NULL: there is no maker.
int gate_arrive(struct gate *gate, pid_t pid, pid_t *told);

// The same without waiting: another process goes on in place of this one.
int gate_tell(struct gate *gate, pid_t pid);

// It has failed, with the pending error.
void gate_fail(struct gate *gate);

// The maker's side: wait until the container has arrived; *pid is set when it
// tells one. 0, or -1 after failed() with the container's error.
int gate_wait_arrival(struct gate *gate, pid_t *pid);
int gate_open(struct gate *gate, pid_t told);

// Wait until the container's process executes its program, with which its end
// is closed. 0, or -1 after failed() with its error.
int gate_wait_end(struct gate *gate);
