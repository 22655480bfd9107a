// spec_seccomp.c - "linux.seccomp" of config.json.
// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "core/oci/spec.h"

static const struct field argument_fields[] = {
    { "index", FIELD_U32(struct filter_argument, index), .required = true },
    { "value", FIELD_U64(struct filter_argument, value), .required = true },
    { "valueTwo", FIELD_U64(struct filter_argument, second) },
    { "op",
      FIELD_CHOICE(struct filter_argument, comparison, filter_comparisons),
      .required = true },
    FIELD_END,
};

static const struct field rule_fields[] = {
    { "names", FIELD_STRINGS(struct filter_rule, names), .required = true },
    { "action", FIELD_CHOICE(struct filter_rule, action, filter_actions),
      .required = true },
    { "errnoRet", FIELD_MAYBE(struct filter_rule, errnum) },
    { "args", FIELD_LIST(struct filter_rule, arguments, argument_count,
                         argument_fields) },
    FIELD_END,
};

const struct field spec_seccomp_fields[] = {
    { "defaultAction", FIELD_CHOICE(struct filter, action, filter_actions),
      .required = true },
    { "defaultErrnoRet", FIELD_MAYBE(struct filter, errnum) },
    { "architectures", FIELD_STRINGS(struct filter, architectures) },
    { "flags", FIELD_STRINGS(struct filter, flags) },
    { "listenerPath", FIELD_STRING(struct filter, listener) },
    { "listenerMetadata", FIELD_STRING(struct filter, metadata) },
    { "syscalls", FIELD_LIST(struct filter, rules, rule_count, rule_fields) },
    FIELD_END,
};
