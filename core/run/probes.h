// probes.h - what the doctor tries; see struct probe in doctor.h.
//
// Each is called in a process that ends with it.
// SPDX-License-Identifier: MIT
#pragma once

#include "core/run/doctor.h"

int probe_kernel(struct finding *finding);
int probe_user_namespace(struct finding *finding);
int probe_mounts(struct finding *finding);
int probe_fuse_device(struct finding *finding);
int probe_fuse_mount(struct finding *finding);
int probe_overlay(struct finding *finding);
int probe_proc(struct finding *finding);
int probe_subordinate_ids(struct finding *finding);
int probe_cgroup(struct finding *finding);
int probe_seccomp(struct finding *finding);

// Set the finding's detail or remedy.
void probe_detail(struct finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void probe_remedy(struct finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
