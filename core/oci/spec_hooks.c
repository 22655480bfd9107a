// spec_hooks.c - "hooks" of config.json.
// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "core/oci/spec.h"

static const struct field hook_fields[] = {
    { "path", FIELD_STRING(struct jail_hook, path), .required = true },
    { "args", FIELD_STRINGS(struct jail_hook, args) },
    { "env", FIELD_STRINGS(struct jail_hook, env) },
    { "timeout", FIELD_MAYBE(struct jail_hook, timeout) },
    FIELD_END,
};

// NOLINTNEXTLINE(bugprone-macro-parentheses): names of fields
#define HOOKS(f) FIELD_LIST(struct spec, f.items, f.count, hook_fields)

const struct field spec_hooks_fields[] = {
    { "prestart", HOOKS(prestart) },
    { "createRuntime", HOOKS(create_runtime) },
    { "createContainer", HOOKS(jail.create_hooks) },
    { "startContainer", HOOKS(jail.start_hooks) },
    { "poststart", HOOKS(poststart) },
    { "poststop", HOOKS(poststop) },
    FIELD_END,
};
