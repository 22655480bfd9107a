// limits_devices.c - which devices the processes of a container may use.
//
// Rules hold in their order. Behind those of the configuration come some for
// the devices that every container has (config-linux.md, "Default Devices"),
// and for making any device file, which is no access to the device yet.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/scope.h"
#include "core/kernel/caps.h"
#include "core/kernel/cgroup_fs.h"
#include "core/oci/limits.h"

#define ALL DEVICE_ALL_ACCESS
static const struct device_rule usual[] = {
    { true, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MAKE },
    { true, 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_MAKE },
    { true, 'c', 1, 3, ALL },            // null
    { true, 'c', 1, 5, ALL },            // zero
    { true, 'c', 1, 7, ALL },            // full
    { true, 'c', 1, 8, ALL },            // random
    { true, 'c', 1, 9, ALL },            // urandom
    { true, 'c', 5, 0, ALL },            // tty
    { true, 'c', 5, 1, ALL },            // console
    { true, 'c', 5, 2, ALL },            // ptmx
    { true, 'c', 136, DEVICE_ANY, ALL }, // pts/*
};
#define USUAL (sizeof usual / sizeof *usual)

static int read_number(const struct maybe *value, const char *member, size_t i,
                       int32_t *to)
{
    *to = DEVICE_ANY;
    if (!value->set || value->number == DEVICE_ANY)
        return 0;
    if (value->number < 0 || value->number > INT_MAX)
        return failed(0, RESOURCES_NAME ".devices[%zu].%s: out of range", i,
                      member);
    *to = (int32_t)value->number;
    return 0;
}

static unsigned read_access(const char *word)
{
    unsigned access = 0;

    if (word == NULL || word[0] == '\0')
        return ALL;
    for (; *word != '\0'; word++)
        access |= *word == 'r'   ? DEVICE_READ
                  : *word == 'w' ? DEVICE_WRITE
                                 : DEVICE_MAKE;
    return access;
}

static char read_type(const char *word)
{
    if (word == NULL || word[0] == '\0')
        return 'a';
    if (word[0] == 'u') // a character device, too
        return 'c';
    return word[0];
}

int limits_device_rules(const struct resources *resources, struct arena *arena,
                        const struct device_rule **rules, size_t *count)
{
    size_t own = resources->devices.count;
    struct device_rule *list = arena_take(arena, own + USUAL, sizeof *list);

    for (size_t i = 0; i < own; i++) {
        const struct resource_device *one = &resources->devices.items[i];

        list[i].allow = one->allow;
        list[i].type = read_type(one->type);
        list[i].access = read_access(one->access);
        if (read_number(&one->major, "major", i, &list[i].major) < 0 ||
            read_number(&one->minor, "minor", i, &list[i].minor) < 0)
            return -1;
    }
    memcpy(list + own, usual, sizeof usual);
    *rules = list;
    *count = own + USUAL;
    return 0;
}

void limits_rule_text(const struct device_rule *rule,
                      char text[LIMITS_RULE_TEXT])
{
    char major[16] = "*", minor[16] = "*";

    if (rule->major != DEVICE_ANY)
        snprintf(major, sizeof major, "%d", (int)rule->major);
    if (rule->minor != DEVICE_ANY)
        snprintf(minor, sizeof minor, "%d", (int)rule->minor);
    snprintf(text, LIMITS_RULE_TEXT, "%c %s:%s %s%s%s", rule->type, major,
             minor, (rule->access & DEVICE_READ) != 0 ? "r" : "",
             (rule->access & DEVICE_WRITE) != 0 ? "w" : "",
             (rule->access & DEVICE_MAKE) != 0 ? "m" : "");
}

// --- making them hold

static int set_by_files(int group, const struct device_rule *rules,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[LIMITS_RULE_TEXT];

        if (rules[i].type == 'p')
            continue; // a FIFO is no device
        limits_rule_text(&rules[i], text);
        if (cgroup_fs_write(group,
                            rules[i].allow ? "devices.allow" : "devices.deny",
                            text) < 0)
            return failed(errno, "can't set " RESOURCES_NAME ".devices: \"%s\"",
                          text);
    }
    return 0;
}

// In a user namespace no device file can be made, so nothing is lost there.
static int set_by_program(int group, const struct device_rule *rules,
                          size_t count)
{
    if (cgroup_devices_set(group, rules, count) == 0)
        return 0;
    if (!caps_may_mount()) {
        log_step("the rules for devices are left to the user namespace");
        return 0;
    }
    return failed(errno, "can't set " RESOURCES_NAME ".devices");
}

int limits_set_devices(const struct resources *resources,
                       const struct cgroups *groups, const char *path)
{
    const struct cgroup_hierarchy *one = cgroups_with(groups, "devices");
    struct arena arena = { NULL };
    const struct device_rule *rules;
    size_t count;
    cleanup_close int group = -1;
    int status = -1;

    if (resources->devices.count == 0)
        return 0;
    if (limits_device_rules(resources, &arena, &rules, &count) < 0) {
        arena_free(&arena);
        return -1;
    }
    group = cgroup_fs_open(one != NULL ? one : cgroups_unified(groups), path);
    if (group < 0)
        // of an ordinary user, who may not make devices either
        status = errno == ENOENT
                     ? 0
                     : failed(errno, "can't open the control group %s", path);
    else if (one != NULL)
        status = set_by_files(group, rules, count);
    else
        status = set_by_program(group, rules, count);
    arena_free(&arena);
    return status;
}
