// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/oci/spec.h"

static int parse(struct spec *spec, const char *text)
{
    err_clear();
    return spec_parse(spec, "config.json", str_dup(text));
}

static void refused(const char *text, const char *why)
{
    cleanup_spec struct spec spec = { 0 };

    assert_int_equal(parse(&spec, text), -1);
    assert_string_equal(err_text(), why);
}

static void sections_go_to_the_plan(void **state)
{
    cleanup_spec struct spec spec = { 0 };
    const struct jail *plan = &spec.jail;

    (void)state;
    assert_int_equal(
        parse(&spec,
              "{\"ociVersion\":\"1.1.0\",\"hostname\":\"h\","
              "\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
              "\"process\":{\"cwd\":\"/w\",\"args\":[\"a\",\"b\"],"
              "\"user\":{\"uid\":5,\"gid\":6,\"umask\":18,"
              "\"additionalGids\":[7,8]},"
              "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,"
              "\"hard\":18446744073709551615}],"
              "\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},"
              "\"oomScoreAdj\":-5},"
              "\"mounts\":[{\"destination\":\"/p\",\"options\":[\"ro\"]}],"
              "\"annotations\":{\"x.y\":\"z\"},"
              "\"hooks\":{\"poststop\":[{\"path\":\"/h\",\"timeout\":3}]},"
              "\"linux\":{\"namespaces\":[{\"type\":\"uts\"},"
              "{\"type\":\"network\",\"path\":\"/n\"},{\"type\":\"mount\"}],"
              "\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,"
              "\"size\":65536}],\"sysctl\":{\"net.x\":\"1\"},"
              "\"maskedPaths\":[\"/m\"]}}"),
        0);
    assert_string_equal(plan->hostname, "h");
    assert_string_equal(plan->root, "rootfs");
    assert_true(plan->root_read_only && spec.has_root && spec.has_process);
    assert_string_equal(plan->process.args[1], "b");
    assert_null(plan->process.args[2]);
    assert_int_equal(plan->process.user.uid, 5);
    assert_true(plan->process.user.umask.set);
    assert_int_equal(plan->process.user.group_count, 2);
    assert_int_equal(plan->process.user.groups[1], 8);
    assert_int_equal(plan->process.rlimits[0].resource, RLIMIT_NOFILE);
    assert_true(plan->process.rlimits[0].hard == UINT64_MAX);
    assert_true(plan->process.capabilities.given);
    assert_int_equal(plan->process.oom_score_adj.number, -5);
    assert_string_equal(plan->mounts[0].options[0], "ro");
    assert_string_equal(spec_annotation(&spec, "x.y"), "z");
    assert_null(spec_annotation(&spec, "x"));
    assert_int_equal(spec.poststop.items[0].timeout.number, 3);
    assert_int_equal(plan->namespace_count, 3);
    assert_int_equal(plan->namespaces[1].type, CLONE_NEWNET);
    assert_string_equal(plan->namespaces[1].path, "/n");
    assert_int_equal(plan->uid_map[0].count, 65536);
    assert_string_equal(plan->sysctl[0].name, "net.x");
    assert_string_equal(plan->masked_paths[0], "/m");
}

static void errors_name_the_member(void **state)
{
    (void)state;
    refused("[]", "config.json: expected an object");
    refused("{}", "config.json: ociVersion: missing");
    refused("{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\","
            "\"args\":[\"a\",1]}}",
            "config.json: process.args[1]: expected a string");
    refused(
        "{\"ociVersion\":\"1.0.0\",\"mounts\":[{\"destination\":\"/\"},{}]}",
        "config.json: mounts[1].destination: missing");
    refused("{\"ociVersion\":\"1.0.0\",\"linux\":{\"uidMappings\":["
            "{\"containerID\":-1,\"hostID\":0,\"size\":1}]}}",
            "config.json: linux.uidMappings[0].containerID: out of range: "
            "expected 0 to 4294967295");
    refused("{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":["
            "{\"type\":\"moon\"}]}}",
            "config.json: linux.namespaces[0].type: unknown: moon");
    refused("{\"ociVersion\":\"1.0.0\",\"annotations\":{\"a\":[]}}",
            "config.json: annotations.a: expected a string");
    refused("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\","
            "\"readonly\":\"yes\"}}",
            "config.json: root.readonly: expected true or false");
    refused("{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\","
            "\"args\":[\"a\"],\"user\":{\"uid\":1.5}}}",
            "config.json: process.user.uid: expected a whole number");
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    refused("{\"ociVersion\":\"banana\"}",
            "config.json: ociVersion: not a version: banana");
    refused("{\"ociVersion\":\"2.0.0\"}",
            "config.json: ociVersion: 2.0.0 is not supported, but 1.x is");
    refused("{\"ociVersion\":\"1.0.0\",\"hostname\":\"h\"}",
            "config.json: hostname: there is no uts namespace to set it in");
    refused("{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"w\","
            "\"args\":[\"a\"]}}",
            "config.json: process.cwd: not an absolute path: w");
    refused("{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\","
            "\"args\":[]}}",
            "config.json: process.args: needs one word at least");
    refused("{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":["
            "{\"type\":\"pid\"},{\"type\":\"pid\"}]}}",
            "config.json: linux.namespaces[1].type: there are two of pid");
    refused("{\"ociVersion\":\"1.0.0\",\"hooks\":{\"prestart\":["
            "{\"path\":\"h\"}]}}",
            "config.json: hooks.prestart[0].path: not absolute: h");
}

static void unknown_members_and_null_are_ignored(void **state)
{
    cleanup_spec struct spec spec = { 0 };

    (void)state;
    assert_int_equal(parse(&spec, "{\"ociVersion\":\"1.9.0\",\"future\":[1],"
                                  "\"mounts\":null,\"linux\":{\"x\":{}}}"),
                     0);
    assert_int_equal(spec.jail.mount_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_go_to_the_plan),
        cmocka_unit_test(errors_name_the_member),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(unknown_members_and_null_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
