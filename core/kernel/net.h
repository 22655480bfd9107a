// net.h - a network namespace of our own.
// SPDX-License-Identifier: MIT
#pragma once

// Raise the loopback interface of the caller's namespace, which a new one has
// but down. 0, or -1 with errno.
int net_raise_loopback(void);
