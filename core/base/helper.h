// helper.h - ask another program of the host, and never wait for it for long.
//
// What ch does itself needs no other program; a few answers only they have:
// the names in a directory service (getent), subordinate ids (newuidmap).
// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

struct helper {
    const char *const *argv; // NULL-terminated; argv[0] is searched in $PATH
    int stream;  // whose text is taken: STDOUT_FILENO, STDERR_FILENO
    size_t most; // bytes of that text; more is an error
    int64_t end; // when it is killed: helper_deadline()
};

// The time, of the clock of helpers, that is so many milliseconds from now.
int64_t helper_deadline(unsigned ms);

// Run the program with the caller's environment but for the variables of the
// dynamic linker, in a session of its own; its other streams are /dev/null, and
// it gets no other descriptors.
// No signal comes of its end. Its exit status, or 128+N when killed by signal
// N, and *text, which the caller frees; or -1 after failed(), ENOENT if there
// is no such program.
int helper_run(const struct helper *helper, char **text);
