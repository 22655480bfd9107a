// test_job_config.c - a configuration for a node of the cluster.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/slurm/job_config.h"

#define PODMAN                                                            \
    "{\"ociVersion\":\"1.2.0\",\"hostname\":\"h\","                       \
    "\"root\":{\"path\":\"/store/merged\"},"                              \
    "\"process\":{\"args\":[\"true\"],\"cwd\":\"/\","                     \
    "\"user\":{\"uid\":3,\"gid\":4,\"additionalGids\":[5]},"              \
    "\"rlimits\":[{\"type\":\"RLIMIT_NPROC\",\"hard\":1,\"soft\":1}],"    \
    "\"oomScoreAdj\":100},"                                               \
    "\"annotations\":{\"run.oci.hooks.stdout\":\"/x\"},"                  \
    "\"hooks\":{\"prestart\":[{\"path\":\"/hook\"}]},"                    \
    "\"mounts\":["                                                        \
    "{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"/data\"}," \
    "{\"destination\":\"/etc/hosts\",\"type\":\"bind\","                  \
    "\"source\":\"/run/u/ID1/userdata/hosts\"},"                          \
    "{\"destination\":\"/run/.env\",\"type\":\"bind\","                   \
    "\"source\":\"/run/u/ID1/userdata/.env\"},"                           \
    "{\"destination\":\"/dev/shm\",\"type\":\"bind\","                    \
    "\"source\":\"/bundle/shm\"}],"                                       \
    "\"linux\":{\"cgroupsPath\":\"/x\",\"resources\":{},"                 \
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":9}],"      \
    "\"namespaces\":[{\"type\":\"uts\"},{\"type\":\"mount\"},"            \
    "{\"type\":\"user\"},{\"type\":\"network\",\"path\":\"/run/net\"},"   \
    "{\"type\":\"ipc\",\"path\":\"/proc/1/ns/ipc\"}]}}"

static struct json *made_of(const char *text, const struct job_config *like)
{
    cleanup_spec struct spec spec = { 0 };
    struct job_config config = *like;
    cleanup_free char *made = NULL;

    assert_int_equal(spec_parse(&spec, "c", str_dup(text)), 0);
    spec.jail.bundle = "/bundle";
    config.spec = &spec;
    config.id = "ID1";
    config.image = "/stage/i.sqfs";
    config.dir = -1;
    made = job_config_text(&config);
    assert_non_null(made);
    return json_parse("made", made, strlen(made));
}

static const struct json *at(const struct json *list, size_t index)
{
    const struct json *item = json_first(list);

    while (index-- > 0)
        item = json_next(item);
    return item;
}

static void what_is_the_hosts_is_left_out(void **state)
{
    const struct job_config config = { .uid = 1000, .gid = 1001 };
    cleanup_json struct json *made = made_of(PODMAN, &config);
    const struct json *process = json_get(made, "process");
    const struct json *linux_ = json_get(made, "linux");

    (void)state;
    assert_null(json_get(made, "hooks"));
    assert_null(json_get(process, "rlimits"));
    assert_null(json_get(process, "oomScoreAdj"));
    assert_null(json_get(linux_, "cgroupsPath"));
    assert_null(json_get(linux_, "resources"));
    assert_null(
        json_get(json_get(made, "annotations"), "run.oci.hooks.stdout"));
    assert_string_equal(json_get_string(json_get(made, "root"), "path"),
                        "/stage/i.sqfs");
}

static void namespaces_are_the_nodes_own_and_the_user_is_mapped(void **state)
{
    const struct job_config config = { .uid = 1000, .gid = 1001 };
    cleanup_json struct json *made = made_of(PODMAN, &config);
    const struct json *linux_ = json_get(made, "linux");
    const struct json *list = json_get(linux_, "namespaces");
    const struct json *map = json_first(json_get(linux_, "gidMappings"));

    (void)state;
    assert_string_equal(json_get_string(at(list, 0), "type"), "uts");
    assert_string_equal(json_get_string(at(list, 1), "type"), "mount");
    assert_string_equal(json_get_string(at(list, 2), "type"), "user");
    assert_null(at(list, 3));
    assert_int_equal((int)json_number(json_get(map, "containerID")), 4);
    assert_int_equal((int)json_number(json_get(map, "hostID")), 1001);
    assert_null(json_next(map));
}

static void keep_uid_gives_the_users_own_ids(void **state)
{
    const struct job_config config = { .uid = 1000,
                                       .gid = 1001,
                                       .keep_uid = true };
    cleanup_json struct json *made = made_of(PODMAN, &config);
    const struct json *user = json_get(json_get(made, "process"), "user");
    const struct json *map =
        json_first(json_get(json_get(made, "linux"), "uidMappings"));

    (void)state;
    assert_int_equal((int)json_number(json_get(user, "uid")), 1000);
    assert_int_equal((int)json_number(json_get(map, "containerID")), 1000);
    assert_null(json_get(user, "additionalGids"));
}

static void root_needs_no_user_namespace(void **state)
{
    const struct job_config config = { .uid = 0, .gid = 0 };
    cleanup_json struct json *made = made_of(PODMAN, &config);
    const struct json *linux_ = json_get(made, "linux");

    (void)state;
    assert_null(at(json_get(linux_, "namespaces"), 2));
    assert_null(json_get(linux_, "uidMappings"));
}

static void mounts_of_the_containers_own_folder_are_replaced(void **state)
{
    const struct job_config config = { .uid = 1000, .gid = 1001 };
    cleanup_json struct json *made = made_of(PODMAN, &config);
    const struct json *list = json_get(made, "mounts");

    (void)state;
    assert_string_equal(json_get_string(at(list, 0), "source"), "/data");
    // of the node
    assert_string_equal(json_get_string(at(list, 1), "source"), "/etc/hosts");
    assert_string_equal(json_get_string(at(list, 2), "type"), "tmpfs");
    assert_null(at(list, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_hosts_is_left_out),
        cmocka_unit_test(namespaces_are_the_nodes_own_and_the_user_is_mapped),
        cmocka_unit_test(keep_uid_gives_the_users_own_ids),
        cmocka_unit_test(root_needs_no_user_namespace),
        cmocka_unit_test(mounts_of_the_containers_own_folder_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
