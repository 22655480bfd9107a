// meet.h - where peers find each other.
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/run/share.h"

// Those who speak otherwise must not meet: in the key of a share.
#define MEET_PROTOCOL 3

// By its key, make the share that of the first of the peers, or of a member,
// who has what the first one gives. False: neither; told by log_why().
bool meet(struct share *share);
