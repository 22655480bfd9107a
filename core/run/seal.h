// seal.h - run from a copy of this program that nobody can write to.
//
// A container's processes can get hold of the file that a process of ours runs
// from: its program may be a link to /proc/self/exe, and once it has ended the
// file can be opened for writing by /proc/PID/fd (CVE-2019-5736).
// SPDX-License-Identifier: MIT
#pragma once

// Execute this program again, with these arguments (argv[0] being "name"), from
// a copy that is sealed, unless it runs from one or the container could not
// write to the file anyway. 0, or -1 after failed(): do not go on.
int seal_program(const char *name, char **argv);
