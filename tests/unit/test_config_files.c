// test_config_files.c - unit tests of core/image/config.c, config_files.c and
// config_gather.c: what an image says about itself, kept in files.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/base/scope.h"
#include "core/image/config_files.h"
#include "core/image/config_gather.h"

#define DOCUMENT                                                        \
    "{\"created\":\"2020-01-02T03:04:05.5+01:00\",\"architecture\":"    \
    "\"arm\",\"os\":\"linux\",\"variant\":\"v7\",\"config\":{\"User\":" \
    "\"u\",\"StopSignal\":\"SIGINT\",\"Env\":[\"A=b\",\"Q='q'\","       \
    "\"TWO=1\\n2\"],\"Cmd\":[\"sh\",\"\"]},\"rootfs\":{},\"history\":[]}"

static struct image_config parsed(const char *text)
{
    cleanup_json struct json *json = json_parse("text", text, strlen(text));
    struct image_config config;

    assert_non_null(json);
    assert_int_equal(config_parse(json, &config), 0);
    return config;
}

static void expect_document(const struct image_config *config,
                            const char *expected)
{
    cleanup_json struct json *json = config_document(config);
    cleanup_free char *text = json_text(json, false);

    assert_string_equal(text, expected);
}

static void a_document_keeps_what_is_not_about_layers(void **state)
{
    struct image_config config = parsed(DOCUMENT);
    struct platform platform;
    time_t created;

    expect_document(
        &config,
        "{\"created\":\"2020-01-02T03:04:05.5+01:00\",\"architecture\":"
        "\"arm\",\"variant\":\"v7\",\"os\":\"linux\",\"config\":{\"User\":"
        "\"u\",\"StopSignal\":\"SIGINT\",\"Env\":[\"A=b\",\"Q='q'\","
        "\"TWO=1\\n2\"],\"Cmd\":[\"sh\",\"\"]}}");
    assert_true(config_platform(&config, &platform));
    assert_string_equal(platform.variant, "v7");
    assert_true(config_created(&config, &created));
    assert_int_equal(created, 1577930645);
    config_free(&config);
}

static void times_that_are_none_are_not_known(void **state)
{
    static const struct {
        const char *text;
        time_t time; // -1: none
    } rows[] = {
        { "1970-01-01T00:00:01Z", 1 },
        { "1970-01-01T00:00:01.123456789Z", 1 },
        { "1970-01-01T00:00:01-00:30", 1801 },
        { "1970-01-01T00:00:01", -1 },
        { "1970-01-01T00:00:01+1", -1 },
        { "1970-01-01T00:00:01+a:00", -1 },
        { "yesterday", -1 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleanup_free char *text =
            str_printf("{\"created\":\"%s\"}", rows[i].text);
        struct image_config config = parsed(text);
        time_t time;

        assert_int_equal(config_created(&config, &time), rows[i].time >= 0);
        if (rows[i].time >= 0)
            assert_int_equal(time, rows[i].time);
        config_free(&config);
    }
}

static void files_and_configuration_are_the_same(void **state)
{
    struct image_config config = parsed(DOCUMENT), again;
    struct config_files files;

    assert_int_equal(config_files_make(&config, &files), 0);
    assert_int_equal(files.files[0].size, strlen("A=b\nQ=''q''\n"));
    assert_memory_equal(files.files[0].bytes, "A=b\nQ=''q''\n",
                        files.files[0].size);
    assert_null(files.files[1].bytes);
    assert_int_equal(config_files_parse(&files, &again), 0);
    // the document's, as the file has nothing else
    assert_int_equal(again.environment.count, 3);
    assert_string_equal(again.environment.items[1], "Q='q'");
    assert_int_equal(again.command.count, 2);
    config_free(&again);

    // a line that a user changed
    files.files[0].bytes[0] = 'B';
    assert_int_equal(config_files_parse(&files, &again), 0);
    assert_int_equal(again.environment.count, 2);
    assert_string_equal(again.environment.items[0], "B=b");
    assert_string_equal(again.environment.items[1], "Q='q'");
    assert_string_equal(again.user, "u");
    config_free(&again);
    config_files_free(&files);
    config_free(&config);
}

static void what_says_nothing_makes_no_file(void **state)
{
    struct image_config config = parsed("{\"os\":\"linux\",\"config\":{}}");
    struct config_files files;

    assert_int_equal(config_files_make(&config, &files), 0);
    for (int i = 0; i < CONFIG_FILES; i++)
        assert_null(files.files[i].bytes);
    config_free(&config);
}

// --- in a stream

struct text_file {
    struct image_entry entry;
    const char *text;
};

struct text_reader {
    struct image_reader reader;
    const struct text_file *files;
    size_t next;
};

static int text_next(struct image_reader *reader, struct image_entry *entry)
{
    struct text_reader *r = (struct text_reader *)reader;

    if (r->files[r->next].entry.path == NULL)
        return 0;
    *entry = r->files[r->next++].entry;
    return 1;
}

static int text_data(struct image_reader *reader, const struct image_part *part,
                     struct image_sink *sink)
{
    struct text_reader *r = (struct text_reader *)reader;
    const char *text = r->files[r->next - 1].text;
    struct image_chunk chunk = { text, strlen(text), 0 };

    return sink->put(sink, &chunk);
}

static void text_close(struct image_reader *reader)
{
}

static const struct image_reader_ops text_ops = { text_next, text_data,
                                                  text_close };

#define TEXT(name, text)                                                      \
    {                                                                         \
        { .path = (name), .mode = S_IFREG, .size = sizeof(text) - 1 }, (text) \
    }

// Read to the end: the last answer, and the paths.
static int gather(const struct text_file *files, struct image_config *config,
                  char *paths)
{
    struct text_reader text = { { .ops = &text_ops }, files, 0 };
    cleanup_reader struct image_reader *reader =
        image_gather_config(&text.reader, config);
    struct image_entry entry;
    int more;

    *config = (struct image_config){ 0 };
    while ((more = reader->ops->next(reader, &entry)) > 0)
        paths = stpcpy(stpcpy(paths, entry.path), " ");
    return more;
}

static void the_files_are_taken_out_of_the_stream(void **state)
{
    static const struct text_file files[] = {
        TEXT("ch/environment", "A=1\nno variable\n=x\n"),
        TEXT("ch/other", "text"),
        TEXT("ch/config.json", "{\"config\":{\"Cmd\":[\"x\"],\"User\":\"u\"}}"),
        TEXT("ch/environment", "B='2'\n"),
        { { .path = "ch/cmd", .mode = S_IFLNK, .target = "x" }, NULL },
        { { 0 }, NULL },
    };
    struct image_config config;
    char paths[100];

    assert_int_equal(gather(files, &config, paths), 0);
    assert_string_equal(paths, "ch/other ch/cmd ");
    assert_int_equal(config.environment.count, 1);
    assert_string_equal(config.environment.items[0], "B=2");
    // no file of the tree's own: the command was removed
    assert_int_equal(config.command.count, 0);
    assert_string_equal(config.user, "u");
    config_free(&config);
}

static void what_can_not_be_taken_out_is_an_error(void **state)
{
    static const struct {
        struct text_file files[3];
        const char *text;
    } rows[] = {
        { { TEXT("ch/cmd", "angi\0\0\0\1x"),
            { { .path = "link", .same_as = "ch/cmd" }, NULL } },
          "/link is another name of it" },
        { { TEXT("ch/cmd", "text") }, "magic expected" },
        { { TEXT("ch/config.json", "[") }, "not valid JSON" },
        { { { { .path = "ch/cmd", .mode = S_IFREG, .size = 1 << 30 }, "" } },
          "more than 16 MiB" },
        { { { { .path = "ch/cmd", .mode = S_IFREG, .size = 1 }, "ab" } },
          "more bytes than the file's size" },
    };
    struct image_config config;
    char paths[100];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(gather(rows[i].files, &config, paths), -1);
        if (strstr(err_text(), rows[i].text) == NULL)
            fail_msg("%s: %s", rows[i].text, err_text());
        err_clear();
        config_free(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_keeps_what_is_not_about_layers),
        cmocka_unit_test(times_that_are_none_are_not_known),
        cmocka_unit_test(files_and_configuration_are_the_same),
        cmocka_unit_test(what_says_nothing_makes_no_file),
        cmocka_unit_test(the_files_are_taken_out_of_the_stream),
        cmocka_unit_test(what_can_not_be_taken_out_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
