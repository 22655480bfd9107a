// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/err.h"
#include "core/oci/cgroup_systemd.h"
#include "core/oci/limits.h"

struct fixture {
    struct arena arena;
    struct json *document;
    struct resources resources;
    struct limits limits;
};

static int calculate(struct fixture *f, const char *text)
{
    err_clear();
    *f = (struct fixture){ .document = json_parse("t", text, strlen(text)) };
    assert_non_null(f->document);
    if (fields_read(spec_resources_fields, "t", f->document, &f->arena,
                    &f->resources) < 0 ||
        spec_resources_check(&f->resources, "t") < 0)
        return -1;
    return limits_of(&f->resources, &f->arena, &f->limits);
}

static void release(struct fixture *f)
{
    json_free(f->document);
    arena_free(&f->arena);
}

// The value of the first that goes to the file.
static const char *value(const struct fixture *f, int version, const char *file)
{
    for (size_t i = 0; i < f->limits.count; i++) {
        const struct limit *one = &f->limits.items[i];

        if (one->version == version && one->file != NULL &&
            strcmp(one->file, file) == 0)
            return one->value;
    }
    return "none";
}

static void expect(const char *text, int version, const char *file,
                   const char *wanted)
{
    struct fixture f;

    assert_int_equal(calculate(&f, text), 0);
    assert_string_equal(value(&f, version, file), wanted);
    release(&f);
}

// Version 1 can do it, and version 2 can't.
static void lacks(const char *text, const char *file, const char *why)
{
    struct fixture f;

    assert_int_equal(calculate(&f, text), 0);
    for (size_t i = 0; i < f.limits.count; i++) {
        const struct limit *one = &f.limits.items[i];

        if (one->version == 1)
            assert_null(one->lacks);
        else if (strcmp(one->file, file) == 0)
            assert_non_null(strstr(one->lacks, why));
    }
    release(&f);
}

static void refused(const char *text, const char *why)
{
    struct fixture f;

    assert_int_equal(calculate(&f, text), -1);
    assert_non_null(strstr(err_text(), why));
    release(&f);
}

static void memory_has_values_for_either_version(void **state)
{
    const char *text = "{\"memory\":{\"limit\":1000,\"swap\":1500,"
                       "\"reservation\":500}}";

    (void)state;
    expect(text, 1, "memory.limit_in_bytes", "1000");
    expect(text, 2, "memory.max", "1000");
    expect(text, 1, "memory.memsw.limit_in_bytes", "1500");
    expect(text, 2, "memory.swap.max", "500");
    expect(text, 2, "memory.low", "500");
    expect("{\"memory\":{\"limit\":-1}}", 1, "memory.limit_in_bytes", "-1");
    expect("{\"memory\":{\"limit\":-1}}", 2, "memory.max", "max");
    expect("{\"memory\":{\"swap\":0}}", 2, "memory.swap.max", "0");
    expect("{\"memory\":{\"swap\":-1}}", 2, "memory.swap.max", "max");
    expect("{\"memory\":{\"swap\":5}}", 1, "memory.memsw.limit_in_bytes", "5");
    lacks("{\"memory\":{\"swap\":5}}", "memory.swap.max",
          "without the memory limit");
    refused("{\"memory\":{\"limit\":6,\"swap\":5}}", "less than the memory");
}

static void shares_become_weights(void **state)
{
    static const char *const pairs[][2] = {
        { "1", "1" },         { "2", "1" },         { "3", "2" },
        { "1024", "100" },    { "260000", "9929" }, { "262144", "10000" },
        { "999999", "10000" }
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[64] = "{\"cpu\":{\"shares\":";

        strcat(strcat(text, pairs[i][0]), "}}");
        expect(text, 2, "cpu.weight", pairs[i][1]);
        expect(text, 1, "cpu.shares", pairs[i][0]);
    }
    expect("{\"cpu\":{\"shares\":0}}", 1, "cpu.shares", "none");
}

static void quota_and_period_are_one_file_of_version_2(void **state)
{
    (void)state;
    expect("{\"cpu\":{\"quota\":5,\"period\":9}}", 2, "cpu.max", "5 9");
    expect("{\"cpu\":{\"quota\":-1,\"period\":9}}", 2, "cpu.max", "max 9");
    expect("{\"cpu\":{\"quota\":5}}", 2, "cpu.max", "5");
    expect("{\"cpu\":{\"period\":9}}", 2, "cpu.max", "9"); // behind the quota
    expect("{\"cpu\":{\"burst\":3}}", 2, "cpu.max.burst", "3");
    expect("{\"cpu\":{\"cpus\":\"0-1\"}}", 2, "cpuset.cpus", "0-1");
}

static void block_devices_are_named_by_their_numbers(void **state)
{
    const char *text = "{\"blockIO\":{\"weight\":500,"
                       "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,"
                       "\"rate\":600}],\"throttleWriteIOPSDevice\":["
                       "{\"major\":8,\"minor\":0,\"rate\":0}]}}";

    (void)state;
    expect(text, 1, "blkio.throttle.read_bps_device", "8:1 600");
    expect(text, 2, "io.max", "8:1 rbps=600");
    expect(text, 1, "blkio.throttle.write_iops_device", "8:0 0");
    expect(text, 2, "io.bfq.weight", "500");
}

static void others_have_files_by_their_names(void **state)
{
    const char *text = "{\"pids\":{\"limit\":7},\"hugepageLimits\":["
                       "{\"pageSize\":\"2MB\",\"limit\":9}],\"rdma\":{"
                       "\"mlx5\":{\"hcaHandles\":3,\"hcaObjects\":4}},"
                       "\"unified\":{\"io.max\":\"8:0 rbps=1\\n8:1 rbps=2\"}}";
    struct fixture f;

    (void)state;
    expect(text, 2, "pids.max", "7");
    expect("{\"pids\":{\"limit\":-1}}", 1, "pids.max", "max");
    expect(text, 2, "hugetlb.2MB.max", "9");
    expect(text, 1, "hugetlb.2MB.rsvd.limit_in_bytes", "9");
    expect(text, 2, "rdma.max", "mlx5 hca_handle=3 hca_object=4");
    assert_int_equal(calculate(&f, text), 0);
    assert_string_equal(f.limits.items[f.limits.count - 1].value, "8:1 rbps=2");
    assert_string_equal(f.limits.items[f.limits.count - 1].controller, "io");
    release(&f);
    refused("{\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]}",
            "hugepageLimits[0].pageSize");
    refused("{\"unified\":{\"../x.y\":\"1\"}}", "CONTROLLER.VALUE `../x.y`");
    refused("{\"rdma\":{\"a\":{}}}", "rdma.a");
}

static void what_takes_limits_away_is_no_limit(void **state)
{
    struct fixture f;

    (void)state;
    assert_int_equal(calculate(&f, "{\"memory\":{\"limit\":-1},\"pids\":"
                                   "{\"limit\":-1},\"cpu\":{\"quota\":-1},"
                                   "\"unified\":{\"pids.max\":\"max\"}}"),
                     0);
    assert_null(limits_first(&f.limits));
    release(&f);
    assert_int_equal(calculate(&f, "{\"pids\":{\"limit\":4}}"), 0);
    assert_string_equal(limits_first(&f.limits)->member, "pids.limit");
    release(&f);
}

static void rules_for_devices_have_the_usual_ones_behind_them(void **state)
{
    const struct device_rule *rules;
    char text[LIMITS_RULE_TEXT];
    struct fixture f;
    size_t count;

    (void)state;
    assert_int_equal(calculate(&f, "{\"devices\":[{\"allow\":false},"
                                   "{\"allow\":true,\"type\":\"b\","
                                   "\"major\":8,\"access\":\"rm\"}]}"),
                     0);
    assert_int_equal(
        limits_device_rules(&f.resources, &f.arena, &rules, &count), 0);
    limits_rule_text(&rules[0], text);
    assert_string_equal(text, "a *:* rwm");
    limits_rule_text(&rules[1], text);
    assert_string_equal(text, "b 8:* rm");
    limits_rule_text(&rules[count - 1], text);
    assert_string_equal(text, "c 136:* rwm");
    release(&f);
    refused("{\"devices\":[{\"allow\":true,\"type\":\"x\"}]}",
            "devices[0].type");
    refused("{\"devices\":[{\"allow\":true,\"access\":\"x\"}]}",
            "devices[0].access");
}

static void scopes_are_where_their_slices_are(void **state)
{
    struct arena arena = { NULL };
    struct systemd_scope scope;
    const char *tail = "/a.slice/a-b.slice/a-b-c.slice/p-n.scope";

    (void)state;
    assert_int_equal(systemd_place("a-b-c.slice:p:n", "u", &arena, &scope), 0);
    assert_string_equal(scope.name, "p-n.scope");
    assert_string_equal(scope.path + strlen(scope.path) - strlen(tail), tail);
    assert_int_equal(systemd_place("a.slice::n", "u", &arena, &scope), 0);
    assert_string_equal(scope.name, "n.scope");
    assert_int_equal(systemd_place("", "u", &arena, &scope), 0);
    assert_string_equal(scope.name, "u.scope");
    assert_int_equal(systemd_place("a.slice:p", "u", &arena, &scope), -1);
    assert_int_equal(systemd_place("a:p:n", "u", &arena, &scope), -1);
    assert_int_equal(systemd_place("a.slice:../p:n", "u", &arena, &scope), -1);
    err_clear();
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_has_values_for_either_version),
        cmocka_unit_test(shares_become_weights),
        cmocka_unit_test(quota_and_period_are_one_file_of_version_2),
        cmocka_unit_test(block_devices_are_named_by_their_numbers),
        cmocka_unit_test(others_have_files_by_their_names),
        cmocka_unit_test(what_takes_limits_away_is_no_limit),
        cmocka_unit_test(rules_for_devices_have_the_usual_ones_behind_them),
        cmocka_unit_test(scopes_are_where_their_slices_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
