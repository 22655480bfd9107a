// namespaces.h - the namespaces of a command, its own or its peers'.
//
// The servers of images are started in between: after the user namespace is
// made and /dev/fuse is opened, but before the mount namespace, which they
// would keep alive (core/fuse/server.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/container.h"
#include "core/run/images.h"
#include "core/run/share.h"
#include "core/run/sources.h"

// Find the peers, if the plan has any, and what of the images they have. 0, or
// -1 after failed(). "sources" are those of the root to be, NULL: there is
// none. share_close() in any case.
int namespaces_meet(const struct container *plan, const struct images *images,
                    const struct sources *sources, struct share *share);

// Enter a user and a mount namespace, and start the servers of the images that
// need one. 0, or -1 after failed().
int namespaces_enter(const struct container *plan, const struct images *images,
                     struct share *share);
