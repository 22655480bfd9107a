// test_layers.c - unit tests of core/image/layers.c: many layers, one tree.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/image/layers.h"
#include "tests/unit/fake_reader.h"

enum { LAYERS = 3, ENTRIES = 8 };

// Newest first, as they are read; a layer ends with an entry without a path.
struct fake_layers {
    struct layer_source source;
    const struct image_entry (*entries)[ENTRIES];
    struct fake_reader readers[LAYERS];
    size_t checked;
    bool damaged; // the last one
    bool closed;
};

static struct image_reader *open_layer(struct layer_source *source,
                                       size_t layer)
{
    struct fake_layers *layers = (struct fake_layers *)source;
    struct fake_reader *reader = &layers->readers[layer];

    *reader = (struct fake_reader){ .reader.ops = &fake_ops,
                                    .entries = layers->entries[layer] };
    while (reader->count < ENTRIES &&
           reader->entries[reader->count].path != NULL)
        reader->count++;
    return &reader->reader;
}

static int check_layer(struct layer_source *source, size_t layer)
{
    struct fake_layers *layers = (struct fake_layers *)source;

    assert_int_equal(layer, layers->checked++);
    return layers->damaged && layer + 1 == source->count ? failed(0, "damaged")
                                                         : 0;
}

static void close_layers(struct layer_source *source)
{
    ((struct fake_layers *)source)->closed = true;
}

static const struct layer_source_ops layer_ops = { open_layer, check_layer,
                                                   close_layers };

static struct fake_layers make(const struct image_entry (*entries)[ENTRIES],
                               size_t count)
{
    return (struct fake_layers){ .source = { &layer_ops, count },
                                 .entries = entries };
}

// All that comes, as "path" or "path=link", a blank behind each; to the end.
static void expect(struct fake_layers *layers, const char *text)
{
    cleanup_reader struct image_reader *reader =
        image_read_layers(&layers->source);
    struct image_entry entry;
    char got[1000] = "";
    int more;

    while ((more = reader->ops->next(reader, &entry)) > 0)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s%s ",
                 entry.path, entry.same_as != NULL ? "=" : "",
                 entry.same_as != NULL ? entry.same_as : "");
    assert_string_equal(got, text);
    assert_int_equal(more, 0);
    assert_int_equal(layers->checked, layers->source.count);
    image_reader_close(&reader);
    assert_true(layers->closed);
}

static void refused(struct fake_layers *layers, const char *text)
{
    cleanup_reader struct image_reader *reader =
        image_read_layers(&layers->source);
    struct image_entry entry;
    int more;

    while ((more = reader->ops->next(reader, &entry)) > 0)
        ;
    assert_int_equal(more, -1);
    assert_non_null(strstr(err_text(), text));
    err_clear();
}

static void a_name_comes_once_from_the_newest_layer(void **state)
{
    static const struct image_entry entries[][ENTRIES] = {
        { FILE_ENTRY("a"), DIR_ENTRY("d"), FILE_ENTRY("d/new") },
        { FILE_ENTRY("a"), FILE_ENTRY("b") },
        { FILE_ENTRY("b"), DIR_ENTRY("d"), FILE_ENTRY("d/old"),
          FILE_ENTRY("c") },
    };
    struct fake_layers layers = make(entries, LAYERS);

    expect(&layers, "a d d/new b d/old c ");
}

static void a_whiteout_hides_what_is_older_only(void **state)
{
    static const struct image_entry entries[][ENTRIES] = {
        { FILE_ENTRY(".wh.a"), FILE_ENTRY("d/.wh.x") },
        { FILE_ENTRY("a"), FILE_ENTRY("b") },
        { FILE_ENTRY("a"), FILE_ENTRY("d/x"), FILE_ENTRY("d/y"),
          FILE_ENTRY("e/x") },
    };
    static const struct image_entry same[][ENTRIES] = {
        { FILE_ENTRY(".wh.a"), FILE_ENTRY("a") },
        { FILE_ENTRY("a"), FILE_ENTRY("b") },
    };
    struct fake_layers layers = make(entries, LAYERS);
    struct fake_layers own = make(same, 2);

    expect(&layers, "b d/y e/x ");
    expect(&own, "a b ");
}

static void an_opaque_directory_hides_what_is_below(void **state)
{
    static const struct image_entry entries[][ENTRIES] = {
        { FILE_ENTRY("d/new"), FILE_ENTRY("d/.wh..wh..opq") },
        { FILE_ENTRY("d/old"), FILE_ENTRY("dd/old") },
    };
    struct fake_layers layers = make(entries, 2);

    expect(&layers, "d/new dd/old ");
}

static void a_file_hides_a_directory_and_all_in_it(void **state)
{
    static const struct image_entry entries[][ENTRIES] = {
        { FILE_ENTRY("d") },
        { DIR_ENTRY("d"), FILE_ENTRY("d/file"), DIR_ENTRY("e") },
        { FILE_ENTRY("e") },
    };
    struct fake_layers layers = make(entries, LAYERS);

    expect(&layers, "d e ");
}

static void a_link_follows_its_file_into_an_older_layer(void **state)
{
    static const struct image_entry entries[][ENTRIES] = {
        { { .path = "link", .same_as = "file" }, FILE_ENTRY(".wh.other") },
        { FILE_ENTRY("file"),
          FILE_ENTRY("other"),
          { .path = "again", .same_as = "other" } },
    };
    struct fake_layers layers = make(entries, 2);

    // what "other" was is seen by its other name only
    expect(&layers, "file link=file again ");
}

static void damaged_layers_are_refused(void **state)
{
    static const struct image_entry nothing[][ENTRIES] = { { FILE_ENTRY(
        "d/.wh.") } };
    static const struct image_entry dots[][ENTRIES] = { { FILE_ENTRY(
        "d/.wh...") } };
    static const struct image_entry nowhere[][ENTRIES] = {
        { { .path = "link", .same_as = "file" } }
    };
    struct fake_layers layers = make(nothing, 1);

    refused(&layers, "a whiteout of nothing");
    layers = make(dots, 1);
    refused(&layers, "a whiteout of nothing");
    layers = make(nowhere, 1);
    refused(&layers, "link");
}

static void a_layer_that_fails_its_check_is_an_error_at_its_end(void **state)
{
    static const struct image_entry entries[][ENTRIES] = { { FILE_ENTRY(
        "a") } };
    struct fake_layers layers = make(entries, 1);

    layers.damaged = true;
    refused(&layers, "damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_comes_once_from_the_newest_layer),
        cmocka_unit_test(a_whiteout_hides_what_is_older_only),
        cmocka_unit_test(an_opaque_directory_hides_what_is_below),
        cmocka_unit_test(a_file_hides_a_directory_and_all_in_it),
        cmocka_unit_test(a_link_follows_its_file_into_an_older_layer),
        cmocka_unit_test(damaged_layers_are_refused),
        cmocka_unit_test(a_layer_that_fails_its_check_is_an_error_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
