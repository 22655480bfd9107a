// job_config.c - a bundle's configuration, made fit for a node of the cluster.
// SPDX-License-Identifier: MIT
#include "core/slurm/job_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fs.h"
#include "core/base/log.h"
#include "core/base/runtime_config.h"
#include "core/base/scope.h"
#include "core/base/str.h"

#define OVERLAY_SIZE "50%" // of the node's memory, as tmpfs(5)'s own default
#define SMALL (1 << 20)    // bytes of a file that goes along

// What is about the submitting host alone.
static const char *const of_host[] = { "hooks", "annotations", "vm", NULL };
static const char *const of_process[] = {
    "rlimits",     "oomScoreAdj",     "scheduler",
    "ioPriority",  "selinuxLabel",    "apparmorProfile",
    "consoleSize", "execCPUAffinity", NULL
};
static const char *const of_linux[] = {
    "resources", "cgroupsPath", "devices",      "mountLabel",
    "intelRdt",  "netDevices",  "uidMappings",  "gidMappings",
    "sysctl",    "timeOffsets", "memoryPolicy", "rootfsPropagation",
    NULL
};

static void remove_all(struct json *object, const char *const *names)
{
    for (; object != NULL && *names != NULL; names++)
        json_remove(object, *names);
}

static bool is_type(const struct json *item, const char *type)
{
    const char *own = json_get_string(item, "type");

    return own != NULL && strcmp(own, type) == 0;
}

// --- namespaces

// A network is the node's own: there is no other, and jobs need it.
static bool is_kept(const struct json *namespace)
{
    return json_get_string(namespace, "path") == NULL &&
           !is_type(namespace, "user") && !is_type(namespace, "network") &&
           !is_type(namespace, "time");
}

static void set_namespaces(struct json *document, const struct job_config *c)
{
    struct json *linux_ = json_find(document, "linux");
    const struct jail_user *user = &c->spec->jail.process.user;
    struct json *list = json_array();
    bool has_uts = false;

    if (linux_ == NULL)
        linux_ = json_add_object(document, "linux");
    for (const struct json *one = json_first(json_get(linux_, "namespaces"));
         one != NULL; one = json_next(one)) {
        if (!is_kept(one))
            continue;
        has_uts = has_uts || is_type(one, "uts");
        json_append(list, json_copy(one));
    }
    if (!has_uts) {
        json_remove(document, "hostname");
        json_remove(document, "domainname");
    }
    if (c->uid != 0) {
        json_add_string(json_append_object(list), "type", "user");
        runtime_config_map(linux_, "uidMappings",
                           c->keep_uid ? c->uid : user->uid, c->uid);
        runtime_config_map(linux_, "gidMappings",
                           c->keep_uid ? c->gid : user->gid, c->gid);
    }
    json_put(linux_, "namespaces", list);
}

// --- mounts

// Below a folder that the container's manager has made for it alone?
static bool is_own(const struct job_config *c, const char *source)
{
    cleanup_free char *middle = str_printf("/%s/", c->id);
    const char *bundle = c->spec->jail.bundle;
    size_t length = strlen(bundle);

    return (strncmp(source, bundle, length) == 0 && source[length] == '/') ||
           (middle != NULL && strstr(source, middle) != NULL);
}

// A small file goes along: its path on the nodes, or NULL.
static char *bring_file(const struct job_config *c, const char *source,
                        unsigned number)
{
    cleanup_free char *text = NULL;
    cleanup_close int fd = -1;
    size_t length;
    char name[32];

    if (c->dir < 0)
        return NULL;
    text = fs_read_regular(AT_FDCWD, source, SMALL, &length);
    if (text == NULL) {
        err_clear(); // a directory, or no longer there
        return NULL;
    }
    snprintf(name, sizeof name, "file%u", number);
    fd = openat(c->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fs_write_all(fd, text, length) < 0) {
        failed(errno, "can't write %s/%s", c->folder, name);
        return NULL;
    }
    return str_printf("%s/%s", c->folder, name);
}

static void add_shared_memory(struct json *list)
{
    struct json *mount = json_append_object(list);
    struct json *options;

    json_add_string(mount, "destination", "/dev/shm");
    json_add_string(mount, "type", "tmpfs");
    json_add_string(mount, "source", "shm");
    options = json_add_array(mount, "options");
    json_append_string(options, "nosuid");
    json_append_string(options, "nodev");
    json_append_string(options, "mode=1777");
}

// Names and addresses are the node's, if the container's own can't be brought.
static bool is_of_network(const char *destination)
{
    return strcmp(destination, "/etc/hosts") == 0 ||
           strcmp(destination, "/etc/resolv.conf") == 0;
}

static int add_own(struct json *list, const struct job_config *c,
                   const struct json *mount, unsigned number)
{
    const char *source = json_get_string(mount, "source");
    const char *destination = json_get_string(mount, "destination");
    cleanup_free char *brought = bring_file(c, source, number);
    struct json *copy;

    if (brought == NULL && err_text()[0] != '\0')
        return -1;
    if (brought == NULL && strcmp(destination, "/dev/shm") == 0) {
        add_shared_memory(list);
        return 0;
    }
    if (brought == NULL && !is_of_network(destination)) {
        log_step("%s is left out: nodes do not have %s", destination, source);
        return 0;
    }
    copy = json_copy(mount);
    json_remove(copy, "source");
    json_add_string(copy, "source", brought != NULL ? brought : destination);
    json_append(list, copy);
    return 0;
}

static int set_mounts(struct json *document, const struct job_config *c)
{
    struct json *list = json_array();
    unsigned number = 0;

    for (const struct json *one = json_first(json_get(document, "mounts"));
         one != NULL; one = json_next(one)) {
        const char *source = json_get_string(one, "source");

        if (source == NULL || source[0] != '/' || !is_own(c, source))
            json_append(list, json_copy(one));
        else if (add_own(list, c, one, number++) < 0) {
            json_free(list);
            return -1;
        }
    }
    json_put(document, "mounts", list);
    return 0;
}

// --- all of it

static void set_root(struct json *document, const struct job_config *c)
{
    struct json *root = json_object();

    json_add_string(root, "path", c->image);
    json_add_bool(root, "readonly", c->spec->jail.root_read_only);
    json_put(document, "root", root);
    // what the container changes goes with it, as it does with podman
    if (!c->spec->jail.root_read_only)
        json_add_string(json_add_object(document, "annotations"), "ch.overlay",
                        OVERLAY_SIZE);
}

void job_config_process(struct json *process, const struct job_config *c)
{
    struct json *user = json_find(process, "user");

    remove_all(process, of_process);
    if (user == NULL || c->uid == 0)
        return;
    // a user's own namespace knows one group
    json_remove(user, "additionalGids");
    if (!c->keep_uid)
        return;
    json_remove(user, "uid");
    json_remove(user, "gid");
    json_add_number(user, "uid", c->uid);
    json_add_number(user, "gid", c->gid);
}

char *job_config_text(const struct job_config *c)
{
    cleanup_json struct json *document = json_copy(c->spec->document);
    struct json *linux_ = json_find(document, "linux");
    struct json *seccomp;

    remove_all(document, of_host);
    remove_all(linux_, of_linux);
    seccomp = linux_ != NULL ? json_find(linux_, "seccomp") : NULL;
    if (seccomp != NULL)
        json_remove(seccomp, "listenerPath");
    set_root(document, c);
    job_config_process(json_find(document, "process"), c);
    set_namespaces(document, c);
    if (set_mounts(document, c) < 0)
        return NULL;
    return json_text(document, false);
}
