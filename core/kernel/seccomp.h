// seccomp.h - system calls that are answered by a filter, not by the kernel.
// SPDX-License-Identifier: MIT
#pragma once

// Make system calls that need privilege (owners and ids of files and
// processes, device files, capabilities) do nothing and succeed, for this
// process and all that come from it, for good. Needs no_new_privs. 0, or -1
// after failed().
int seccomp_emulate_root(void);
