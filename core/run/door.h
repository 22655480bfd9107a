// door.h - where a container that was created waits to be started.
//
// A socket in a folder of its maker's, which only its owner can enter. Whoever
// starts the container connects to it and learns how it went: the connection is
// closed by execve(2), or brings the error.
// SPDX-License-Identifier: MIT
#pragma once

struct door {
    int listener; // -1: there is none
};

// Make the socket "name" in the folder. 0, or -1 after failed().
int door_make(struct door *door, int folder, const char *name);
void door_close(struct door *door);

// Inside: wait until somebody comes. The connection, which closes itself when a
// program is executed, or -1 after failed().
int door_wait(const struct door *door);

// Inside: what he came for has failed, with the pending error.
void door_fail(int visitor);

// Outside: come to the door of that folder, and wait until the program runs. 0,
// or -1 after failed() with the container's error; errno ECONNREFUSED: nobody
// waits there.
int door_knock(int folder, const char *name);
