// warden.h - a process that keeps a file open until the container is gone.
//
// The command may end and leave daemons behind, and it must not see, close or
// hand on a descriptor of ours: so a lock can be kept neither by the command
// nor in it. The warden is outside of the container. It is told of the end by
// the kernel: it watches, by inotify(7), a file system that is mounted in the
// container alone, and that goes with the container's last process, however
// that ends. Watching does not keep it mounted.
//
// A warden may be killed like any other process; so at its own end it empties
// the file, if it is open for writing: a text in it tells whoever comes next
// that there was no such end.
// SPDX-License-Identifier: MIT
#pragma once

struct warden {
    int link;  // to the process; -1: there is none
    int watch; // an inotify instance that both have
};

// Start a process that keeps the descriptor "kept" open. Before the mount
// namespace is made. It ends with the caller until it is told what to watch.
// 0, or -1 after failed().
int warden_start(struct warden *warden, int kept);

// From now on it lasts as long as the file system whose root is "root" (O_PATH
// is enough). 0, or -1 after failed().
int warden_watch(struct warden *warden, int root);

void warden_close(struct warden *warden);
