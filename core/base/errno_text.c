// errno_text.c - what an errno means, in the words that users search for.
//
// musl has words of its own for some, and none for others; but logs, scripts
// and answers on the web have those of glibc.
// SPDX-License-Identifier: MIT
#include "core/base/errno_text.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

// Where the two differ, but for what only STREAMS and XENIX had.
static const struct {
    int num;
    const char *text;
} texts[] = {
    { EIO, "Input/output error" },
    { ECHILD, "No child processes" },
    { ENOMEM, "Cannot allocate memory" },
    { EBUSY, "Device or resource busy" },
    { EXDEV, "Invalid cross-device link" },
    { EMFILE, "Too many open files" },
    { ENOTTY, "Inappropriate ioctl for device" },
    { ESPIPE, "Illegal seek" },
    { EDOM, "Numerical argument out of domain" },
    { ERANGE, "Numerical result out of range" },
    { EDEADLK, "Resource deadlock avoided" },
    { ENAMETOOLONG, "File name too long" },
    { ELOOP, "Too many levels of symbolic links" },
    { EBADE, "Invalid exchange" },
    { EBADR, "Invalid request descriptor" },
    { EBADSLT, "Invalid slot" },
    { ETIME, "Timer expired" },
    { ENONET, "Machine is not on the network" },
    { EREMOTE, "Object is remote" },
    { ECOMM, "Communication error on send" },
    { EOVERFLOW, "Value too large for defined data type" },
    { ENOTUNIQ, "Name not unique on network" },
    { EREMCHG, "Remote address changed" },
    { ELIBACC, "Can not access a needed shared library" },
    { ELIBBAD, "Accessing a corrupted shared library" },
    { ELIBEXEC, "Cannot exec a shared library directly" },
    { EILSEQ, "Invalid or incomplete multibyte or wide character" },
    { ERESTART, "Interrupted system call should be restarted" },
    { EUSERS, "Too many users" },
    { ENOTSOCK, "Socket operation on non-socket" },
    { EMSGSIZE, "Message too long" },
    { EOPNOTSUPP, "Operation not supported" },
    { EADDRINUSE, "Address already in use" },
    { EADDRNOTAVAIL, "Cannot assign requested address" },
    { ENETUNREACH, "Network is unreachable" },
    { ENETRESET, "Network dropped connection on reset" },
    { ECONNABORTED, "Software caused connection abort" },
    { EISCONN, "Transport endpoint is already connected" },
    { ENOTCONN, "Transport endpoint is not connected" },
    { ESHUTDOWN, "Cannot send after transport endpoint shutdown" },
    { ETOOMANYREFS, "Too many references: cannot splice" },
    { ETIMEDOUT, "Connection timed out" },
    { EHOSTUNREACH, "No route to host" },
    { EINPROGRESS, "Operation now in progress" },
    { EUCLEAN, "Structure needs cleaning" },
    { EDQUOT, "Disk quota exceeded" },
    { EOWNERDEAD, "Owner died" },
    { EHWPOISON, "Memory page has hardware error" },
};

const char *errno_text(int errnum)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].num == errnum)
            return texts[i].text;
    return strerror(errnum);
}
