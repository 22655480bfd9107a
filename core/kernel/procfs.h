// procfs.h - the /proc of the host, for writing what decides over a container.
//
// A write that is to confine a process must reach procfs: at a path it could be
// led to another file, where it does nothing or harm (CVE-2019-16884,
// CVE-2025-52881). So files are opened by a descriptor of /proc, which is
// looked at before, and without leaving its file system.
// SPDX-License-Identifier: MIT
#pragma once

// The host's /proc (O_PATH), to be opened before the process is in a container.
// It may be kept from then on: "self" in it is whoever asks. -1 after failed(),
// also when something else is mounted there.
int procfs_open(void);

// Write the text to a file of it in one write(2). 0, or -1 with errno.
int procfs_poke(int proc, const char *path, const char *text);
