// socket_path.h - local sockets by the path of a file.
// SPDX-License-Identifier: MIT
#pragma once

// A stream to whoever listens at the path, close-on-exec. -1 with errno.
int socket_connect_path(const char *path);
