// features.c - what this runtime can do, for callers that ask.
//
// Drawn from the tables that do it, where there are such.
// SPDX-License-Identifier: MIT
#include "core/oci/features.h"

#include "core/base/json.h"
#include "core/kernel/capabilities.h"
#include "core/kernel/memory_policy.h"
#include "core/kernel/mount_words.h"
#include "core/oci/root_annotations.h"
#include "core/oci/spec.h"
#include "core/run/image_config.h"

static void add_names(struct json *to, const char *key,
                      const struct field *fields)
{
    struct json *list = json_add_array(to, key);

    for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++)
        json_append_string(list, f->name);
}

static void add_capabilities(struct json *section)
{
    struct json *list = json_add_array(section, "capabilities");

    for (unsigned i = 0; capabilities_name(i) != NULL; i++)
        json_append_string(list, capabilities_name(i));
}

static void add_mount_options(struct json *to)
{
    struct json *list = json_add_array(to, "mountOptions");
    const char *word;

    for (size_t i = 0; (word = mount_words_known(i)) != NULL; i++)
        json_append_string(list, word);
}

static void add_switch(struct json *section, const char *key, const char *name,
                       bool enabled)
{
    json_add_bool(json_add_object(section, key), name, enabled);
}

static void add_words(struct json *to, const char *key,
                      const struct choice *choices)
{
    struct json *list = json_add_array(to, key);

    for (const struct choice *c = choices; c->word != NULL; c++)
        json_append_string(list, c->word);
}

static void add_seccomp(struct json *section)
{
    struct json *seccomp = json_add_object(section, "seccomp");
    struct json *flags;

    json_add_bool(seccomp, "enabled", true);
    add_words(seccomp, "actions", filter_actions);
    add_words(seccomp, "operators", filter_comparisons);
    flags = json_add_array(seccomp, "knownFlags");
    for (size_t i = 0; filter_flags[i] != NULL; i++)
        json_append_string(flags, filter_flags[i]);
}

static void add_cgroup(struct json *cgroup)
{
    static const char *const all[] = { "v1", "v2", "systemd", "systemdUser" };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_add_bool(cgroup, all[i], true);
    json_add_bool(cgroup, "rdma", true);
}

// Those that make this runtime act on the host by what a configuration says.
static void add_unsafe_annotations(struct json *to)
{
    static const char *const names[] = { "run.oci.hooks.stdout",
                                         "run.oci.hooks.stderr",
                                         "run.oci.keep_original_groups",
                                         IMAGE_ANNOTATION, OVERLAY_ANNOTATION };
    struct json *list =
        json_add_array(to, "potentiallyUnsafeConfigAnnotations");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_append_string(list, names[i]);
}

static void add_later(struct json *section)
{
    struct json *policy = json_add_object(section, "memoryPolicy");

    add_words(policy, "modes", memory_policy_modes);
    add_words(policy, "flags", memory_policy_flags);
    add_switch(json_add_object(section, "mountExtensions"), "idmap", "enabled",
               true);
    add_switch(section, "netDevices", "enabled", true);
}

static void add_intel_rdt(struct json *to)
{
    static const char *const all[] = { "enabled", "schemata", "monitoring" };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_add_bool(to, all[i], true);
}

char *features_text(void)
{
    struct json *document = json_object();
    struct json *section;
    char *text;

    json_add_string(document, "ociVersionMin", "1.0.0");
    json_add_string(document, "ociVersionMax", SPEC_VERSION);
    add_names(document, "hooks", spec_hooks_fields);
    add_mount_options(document);
    add_unsafe_annotations(document);
    section = json_add_object(document, "linux");
    add_words(section, "namespaces", spec_namespace_types);
    add_capabilities(section);
    add_later(section); // of versions 1.1 to 1.3
    add_seccomp(section);
    add_switch(section, "apparmor", "enabled", true);
    add_switch(section, "selinux", "enabled", true);
    add_intel_rdt(json_add_object(section, "intelRdt"));
    add_cgroup(json_add_object(section, "cgroup"));
    text = json_text(document, true);
    json_free(document);
    return text;
}
