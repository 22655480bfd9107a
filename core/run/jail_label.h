// jail_label.h - SELinux's label of what is mounted in a container.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Does this kernel enforce, or could it, SELinux's labels?
bool jail_has_selinux(void);

// The options of a new file system of this type with the label, where it can
// have one; "label" may be NULL. The caller frees; NULL after failed().
char *jail_label_data(const char *data, const char *label, const char *type,
                      bool user_namespace);

// Give it to the root of what takes no option for it, but an attribute.
void jail_label_root(int root, const char *label, const char *type);
