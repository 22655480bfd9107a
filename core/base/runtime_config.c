// runtime_config.c - a bundle's config.json, as OCI's runtimes read it.
//
// The same as other runtimes write, as people edit it by habit.
// SPDX-License-Identifier: MIT
#include "core/base/runtime_config.h"

#include <string.h>
#include <unistd.h>

#include "core/base/json.h"

#define OPTIONS_MAX 8

static const struct {
    const char *destination, *type, *source;
    const char *options[OPTIONS_MAX];
} mounts[] = {
    { "/proc", "proc", "proc", { NULL } },
    { "/dev",
      "tmpfs",
      "tmpfs",
      { "nosuid", "strictatime", "mode=755", "size=65536k" } },
    { "/dev/pts",
      "devpts",
      "devpts",
      { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
        "gid=5" } },
    { "/dev/shm",
      "tmpfs",
      "shm",
      { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
    { "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
    { "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
    { "/sys/fs/cgroup",
      "cgroup",
      "cgroup",
      { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static const char *const capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL",
                                            "CAP_NET_BIND_SERVICE", NULL };
static const char *const sets[] = { "bounding", "effective", "permitted",
                                    "ambient", NULL };
static const char *const masked[] = { "/proc/acpi",
                                      "/proc/asound",
                                      "/proc/kcore",
                                      "/proc/keys",
                                      "/proc/latency_stats",
                                      "/proc/timer_list",
                                      "/proc/timer_stats",
                                      "/proc/sched_debug",
                                      "/sys/firmware",
                                      "/proc/scsi",
                                      NULL };
static const char *const read_only[] = { "/proc/bus",           "/proc/fs",
                                         "/proc/irq",           "/proc/sys",
                                         "/proc/sysrq-trigger", NULL };
static const char *const namespaces[] = { "pid",   "network", "ipc", "uts",
                                          "mount", "cgroup",  NULL };

// Of the host, see struct runtime_config: by "plain", and by "host_network".
static const char *const shared[] = { "/dev/shm", "/tmp", NULL };
static const char *const names[] = { "/etc/hosts", "/etc/resolv.conf", NULL };

static void add_strings(struct json *to, const char *key,
                        const char *const *list)
{
    struct json *array = json_add_array(to, key);

    for (; *list != NULL; list++)
        json_append_string(array, *list);
}

static void add_list(struct json *to, const char *key,
                     const struct strlist *list)
{
    struct json *array = json_add_array(to, key);

    for (size_t i = 0; i < list->count; i++)
        json_append_string(array, list->items[i]);
}

static void add_limit(struct json *process)
{
    struct json *limit = json_append_object(json_add_array(process, "rlimits"));

    json_add_string(limit, "type", "RLIMIT_NOFILE");
    json_add_number(limit, "hard", 1024);
    json_add_number(limit, "soft", 1024);
}

static void add_process(struct json *to, const struct runtime_config *config)
{
    struct json *process = json_add_object(to, "process");
    struct json *part;

    json_add_bool(process, "terminal", config->terminal);
    part = json_add_object(process, "user");
    json_add_number(part, "uid", config->uid);
    json_add_number(part, "gid", config->gid);
    add_list(process, "args", &config->args);
    add_list(process, "env", &config->environment);
    json_add_string(process, "cwd", config->directory);
    part = json_add_object(process, "capabilities");
    for (const char *const *set = sets; *set != NULL; set++)
        add_strings(part, *set, capabilities);
    if (config->limits)
        add_limit(process);
    json_add_bool(process, "noNewPrivileges", true);
}

static void add_annotations(struct json *to, const struct strlist *list)
{
    struct json *annotations = json_add_object(to, "annotations");

    for (size_t i = 0; i < list->count; i++) {
        char *equals = strchr(list->items[i], '=');

        if (equals == NULL)
            continue;
        *equals = '\0';
        json_add_string(annotations, list->items[i], equals + 1);
        *equals = '=';
    }
}

// An ordinary user can't mount what belongs to the host's network and has no
// group 5.
static void add_bind(struct json *list, const char *path, const char *option)
{
    struct json *one = json_append_object(list);
    struct json *options;

    json_add_string(one, "destination", path);
    json_add_string(one, "type", "bind");
    json_add_string(one, "source", path);
    options = json_add_array(one, "options");
    json_append_string(options, "rbind");
    json_append_string(options, option);
}

// On top of what was mounted there for the container alone.
static void add_host(struct json *list, const struct runtime_config *config)
{
    for (const char *const *path = shared; config->plain && *path; path++)
        add_bind(list, *path, "rw");
    for (const char *const *path = names; config->host_network && *path; path++)
        if (access(*path, R_OK) == 0)
            add_bind(list, *path, "ro");
}

static void add_mounts(struct json *to, const struct runtime_config *config)
{
    bool rootless = config->rootless;
    struct json *list = json_add_array(to, "mounts");

    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        bool bound = rootless && strcmp(mounts[i].type, "sysfs") == 0;
        struct json *one, *options;

        if (rootless && strcmp(mounts[i].type, "cgroup") == 0)
            continue;
        one = json_append_object(list);
        json_add_string(one, "destination", mounts[i].destination);
        json_add_string(one, "type", bound ? "none" : mounts[i].type);
        json_add_string(one, "source", bound ? "/sys" : mounts[i].source);
        if (mounts[i].options[0] == NULL)
            continue;
        options = json_add_array(one, "options");
        if (bound)
            json_append_string(options, "rbind");
        for (size_t k = 0; k < OPTIONS_MAX && mounts[i].options[k]; k++)
            if (!rootless || strcmp(mounts[i].options[k], "gid=5") != 0)
                json_append_string(options, mounts[i].options[k]);
    }
    add_host(list, config);
}

static bool has_namespace(const struct runtime_config *config, const char *name)
{
    if (config->plain)
        return strcmp(name, "mount") == 0;
    return strcmp(name, "network") != 0 ||
           (!config->rootless && !config->host_network);
}

static void add_namespaces(struct json *section,
                           const struct runtime_config *config)
{
    struct json *list = json_add_array(section, "namespaces");

    for (const char *const *name = namespaces; *name != NULL; name++)
        if (has_namespace(config, *name))
            json_add_string(json_append_object(list), "type", *name);
    if (config->rootless)
        json_add_string(json_append_object(list), "type", "user");
}

static void add_linux(struct json *to, const struct runtime_config *config)
{
    struct json *section = json_add_object(to, "linux");

    if (config->rootless && !config->plain) {
        runtime_config_map(section, "uidMappings", config->uid, geteuid());
        runtime_config_map(section, "gidMappings", config->gid, getegid());
    }
    add_namespaces(section, config);
    add_strings(section, "maskedPaths", masked);
    add_strings(section, "readonlyPaths", read_only);
}

void runtime_config_map(struct json *section, const char *key, double inside,
                        double outside)
{
    struct json *line = json_append_object(json_add_array(section, key));

    json_add_number(line, "containerID", inside);
    json_add_number(line, "hostID", outside);
    json_add_number(line, "size", 1);
}

char *runtime_config_text(const struct runtime_config *config)
{
    struct json *document = json_object();
    struct json *root;
    char *text;

    json_add_string(document, "ociVersion", "1.0.0");
    add_process(document, config);
    root = json_add_object(document, "root");
    json_add_string(root, "path", config->root);
    json_add_bool(root, "readonly", config->read_only);
    if (config->hostname != NULL)
        json_add_string(document, "hostname", config->hostname);
    add_mounts(document, config);
    if (config->annotations.count > 0)
        add_annotations(document, &config->annotations);
    add_linux(document, config);
    text = json_text(document, true);
    json_free(document);
    return text;
}
