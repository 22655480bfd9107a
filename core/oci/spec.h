// spec.h - config.json of a bundle, as the OCI runtime specification has it.
//
// Most of it is the plan of the container itself (core/run/jail.h), into which
// the tables of spec*.c read it; the rest is what only this room deals with.
// All strings are the document's, and live until spec_free().
// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/fields.h"
#include "core/base/json.h"
#include "core/oci/spec_intel_rdt.h"
#include "core/oci/spec_resources.h"
#include "core/run/jail.h"

#define SPEC_VERSION "1.3.0" // of the specification
#define SPEC_FILE "config.json"

struct spec {
    struct arena arena;
    struct json *document;
    char *text; // as it was read
    const char *version;
    const struct pair *annotations;
    size_t annotation_count;

    struct jail jail;
    bool has_process, has_root;

    struct jail_hooks prestart, create_runtime, poststart, poststop;
    int hook_output, hook_errors; // core/oci/hook_output.h; 0: none

    // for core/oci/cgroup.h
    const char *cgroups_path;
    struct resources resources;     // linux.resources
    const struct json *net_devices; // linux.netDevices
    struct intel_rdt intel_rdt;
};

// Read the file, of the directory "bundle" unless it is absolute; what it says
// of paths is made absolute. 0, or -1 after failed() with the path of the
// member that is wrong. spec_free() in any case.
int spec_load(struct spec *spec, const char *bundle, const char *file);

// The same from a text, which is taken over.
int spec_of_text(struct spec *spec, const char *bundle, char *text);

// Without a bundle, whose paths stay as they are. "name" is for messages.
int spec_parse(struct spec *spec, const char *name, char *text);

// A process alone, as exec takes it: 0, or -1 after failed().
int spec_parse_process(struct spec *spec, const char *name, char *text);
void spec_free(struct spec *spec);
#define cleanup_spec __attribute__((cleanup(spec_free)))

// The value of an annotation, or NULL.
const char *spec_annotation(const struct spec *spec, const char *name);

// The tables, one for each section.
extern const struct field spec_process_fields[]; // of struct jail_process
extern const struct field spec_mount_fields[];   // of struct jail_mount
extern const struct field spec_map_fields[];     // of struct id_range
extern const struct choice spec_namespace_types[];
extern const struct field spec_linux_fields[];   // of struct spec
extern const struct field spec_seccomp_fields[]; // of struct filter
extern const struct field spec_hooks_fields[];   // of struct spec

// Is everything there that must be, and of a form that makes sense? What a type
// can't tell. 0, or -1 after failed().
int spec_check(const struct spec *spec, const char *name);
int spec_check_bare(const struct spec *spec, const char *name);
int spec_check_linux(const struct spec *spec, const char *name);
int spec_check_sysctl(const struct jail *plan, const char *name);
int spec_check_process(const struct jail_process *process, const char *name);
