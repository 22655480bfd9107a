// names.h - what the host calls users and groups.
//
// A static program can't load the modules of the name service switch, so the
// host's files are read here, in a fraction of what getpwuid(3) takes, and
// only for an id that they lack, the host's getent(1) is asked: it knows what
// LDAP or SSSD know.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct named {
    unsigned id;
    char *name;  // NULL: none is known, or none that can be in a file
    char *about; // of a user: the GECOS field; may be NULL
};

// Until when getent is waited for, if the first question is asked now: two
// seconds, for all that are asked. As helper_deadline().
int64_t names_deadline(void);

// Fill in names of users, or of groups, by their ids. What goes wrong, or is
// not answered by the deadline, leaves them without names. The strings are the
// caller's: names_free().
void names_of_users(struct named *users, size_t count, int64_t end);
void names_of_groups(struct named *groups, size_t count, int64_t end);

void names_free(struct named *list, size_t count);

// Can it stand in a field of /etc/passwd, and be the name of a directory?
bool names_is_fit(const char *name);
