// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/opt.h"

struct args {
    bool write;
    int verbose;
    int number;
    uint64_t cache;
    const char *cd;
    const char *size;
    struct strlist binds;
    char calls[64];
};

static struct args args;

static int note_call(void *p, const char *value)
{
    struct args *a = p;

    if (value != NULL && strcmp(value, "bad") == 0)
        return failed(0, "--call: refused");
    strcat(a->calls, value != NULL ? value : "-");
    strcat(a->calls, ",");
    return 0;
}

static const struct opt options[] = {
    { 'b', "bind", "SRC[:DST]", "mount SRC", OPT_LIST(struct args, binds) },
    { 0, "call", "[X]",
      "a long explanation that does not fit into the line "
      "and therefore goes on in the next one",
      OPT_CALL(note_call) },
    { 'c', "cd", "DIR", "initial directory", OPT_STR(struct args, cd) },
    { 'C', "cache", "SIZE", "of memory", OPT_SIZE(struct args, cache) },
    { 'n', "number", "N", "a number", OPT_INT(struct args, number) },
    { 'v', "verbose", NULL, "say more", OPT_COUNT(struct args, verbose) },
    { 'w', "write", NULL, "writable", OPT_FLAG(struct args, write) },
    { 'W', "write-fake", "[SIZE]", "overlay", OPT_STR(struct args, size),
      .fallback = "12%" },
    OPT_END,
};

static struct opt_spec spec = { .usage = "[OPTION...] IMAGE -- CMD",
                                .about = "Run CMD.",
                                .table = options };

#define WORDS_MAX 16
static char *words[WORDS_MAX + 1];
static int count;

// Parse a command line, in which blanks separate words.
static int parse(const char *line)
{
    static char text[256];
    char *save = NULL;

    strlist_free(&args.binds);
    memset(&args, 0, sizeof args);
    err_clear();
    snprintf(text, sizeof text, "%s", line);
    count = 0;
    for (char *word = strtok_r(text, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
        words[count++] = word;
    words[count] = NULL;
    return opt_parse(&spec, count, words, &args);
}

static void refused(const char *line, const char *why)
{
    assert_int_equal(parse(line), -1);
    assert_string_equal(err_text(), why);
}

// The operands are these, separated by blanks.
static void operands(int first, const char *expected)
{
    char found[256] = "";

    assert_true(first >= 0);
    for (int i = first; i < count; i++) {
        strcat(found, i > first ? " " : "");
        strcat(found, words[i]);
    }
    assert_string_equal(found, expected);
}

// What "parse" prints on stdout.
static const char *printed(const char *line)
{
    static char text[4096];
    FILE *out = tmpfile();
    int saved = dup(STDOUT_FILENO);
    size_t n;

    assert_non_null(out);
    fflush(stdout);
    dup2(fileno(out), STDOUT_FILENO);
    assert_int_equal(parse(line), OPT_ANSWERED);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(out);
    n = fread(text, 1, sizeof text - 1, out);
    text[n] = '\0';
    fclose(out);
    return text;
}

static int start(void **state)
{
    (void)state;
    spec.in_order = 0;
    log_program("ch-run");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    strlist_free(&args.binds);
    return 0;
}

static void an_argument_stands_behind_or_is_attached(void **state)
{
    static const char *const lines[] = {
        "ch-run -c /a i",
        "ch-run -c/a i",
        "ch-run --cd=/a i",
        "ch-run --cd /a i",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        operands(parse(lines[i]), "i");
        assert_string_equal(args.cd, "/a");
    }
}

static void an_optional_argument_must_be_attached(void **state)
{
    (void)state;
    operands(parse("ch-run -W 50% i"), "50% i");
    assert_string_equal(args.size, "12%");
    operands(parse("ch-run -W50% i"), "i");
    assert_string_equal(args.size, "50%");
    operands(parse("ch-run --write-fake 50%"), "50%");
    assert_string_equal(args.size, "12%");
    operands(parse("ch-run --write-fake=50%"), "");
    assert_string_equal(args.size, "50%");
    operands(parse("ch-run --call --call=x"), "");
    assert_string_equal(args.calls, "-,x,");
}

static void letters_can_be_joined(void **state)
{
    (void)state;
    operands(parse("ch-run -vwvc/a i"), "i");
    assert_int_equal(args.verbose, 2);
    assert_true(args.write);
    assert_string_equal(args.cd, "/a");
    operands(parse("ch-run -vc /a i"), "i");
    assert_string_equal(args.cd, "/a");
}

static void a_repeated_option_adds_to_a_list_or_wins(void **state)
{
    (void)state;
    operands(parse("ch-run -b /a -c x --bind=/b -c y -b/c"), "");
    assert_int_equal(args.binds.count, 3);
    assert_string_equal(args.binds.items[0], "/a");
    assert_string_equal(args.binds.items[2], "/c");
    assert_string_equal(args.cd, "y");
}

static void an_empty_argument_is_one(void **state)
{
    (void)state;
    operands(parse("ch-run --cd= i"), "i");
    assert_string_equal(args.cd, "");
}

static void an_argument_may_look_like_an_option(void **state)
{
    (void)state;
    operands(parse("ch-run -c -w --cd -- i"), "i");
    assert_string_equal(args.cd, "--");
    assert_false(args.write);
    operands(parse("ch-run --number -5"), "");
    assert_int_equal(args.number, -5);
}

static void a_number_that_is_none_is_named(void **state)
{
    (void)state;
    refused("ch-run -n x", "--number: not a number: x");
    refused("ch-run -n 5x", "--number: not a number: 5x");
    refused("ch-run --number=", "--number: not a number: ");
    refused("ch-run -n 9999999999", "--number: out of range: 9999999999");
}

static void a_size_has_a_unit(void **state)
{
    (void)state;
    operands(parse("ch-run --cache=64M"), "");
    assert_true(args.cache == 64 << 20);
    refused("ch-run -C 12%",
            "--cache: not a size, such as 4096, 64K, 2M or 1G: 12%");
}

static void a_name_may_be_cut_short_if_it_stays_the_only_one(void **state)
{
    (void)state;
    operands(parse("ch-run --verb --cac=1"), "");
    assert_int_equal(args.verbose, 1);
}

static void an_ambiguous_name_tells_between_what(void **state)
{
    (void)state;
    refused("ch-run --ca", "--ca: can be --call or --cache; see --help");
    refused("ch-run --ver", "--ver: can be --verbose or --version; see --help");
}

static void a_whole_name_is_never_ambiguous(void **state)
{
    (void)state;
    operands(parse("ch-run --write"), "");
    assert_true(args.write);
    assert_null(args.size);
}

static void an_unknown_option_is_named(void **state)
{
    (void)state;
    refused("ch-run --nothing=x", "--nothing: no such option; see --help");
    refused("ch-run -vx", "-x: no such option; see --help");
    refused("ch-run --complete", "--complete: no such option; see --help");
}

static void a_missing_argument_is_named(void **state)
{
    (void)state;
    refused("ch-run i -b", "--bind: needs an argument: SRC[:DST]");
    refused("ch-run --bind", "--bind: needs an argument: SRC[:DST]");
}

static void an_argument_too_many_is_refused(void **state)
{
    (void)state;
    refused("ch-run --write=x", "--write: takes no argument");
    refused("ch-run --help=x", "--help: takes no argument");
}

static void the_applets_own_check_can_fail(void **state)
{
    (void)state;
    refused("ch-run --call=bad", "--call: refused");
}

static void options_may_stand_anywhere(void **state)
{
    (void)state;
    operands(parse("ch-run a -v b -c x c -w"), "a b c");
    assert_int_equal(args.verbose, 1);
    assert_string_equal(args.cd, "x");
    assert_true(args.write);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    operands(parse("ch-run -v i -- cmd -v -- -w"), "i cmd -v -- -w");
    assert_int_equal(args.verbose, 1);
    assert_false(args.write);
    operands(parse("ch-run --"), "");
}

static void a_lone_dash_is_an_operand(void **state)
{
    (void)state;
    operands(parse("ch-run i - -v"), "i -");
    assert_int_equal(args.verbose, 1);
}

static void in_order_the_first_operand_ends_the_options(void **state)
{
    (void)state;
    spec.in_order = 1;
    operands(parse("ch-run -v cmd -v -w"), "cmd -v -w");
    assert_int_equal(args.verbose, 1);
    operands(parse("ch-run -v -- cmd -v"), "cmd -v");
}

static void a_command_behind_an_image_keeps_its_options(void **state)
{
    (void)state;
    spec.in_order = 2;
    operands(parse("ch-run -v i cmd -v -- -w"), "i cmd -v -- -w");
    assert_int_equal(args.verbose, 1);
    operands(parse("ch-run i -v -- cmd -v"), "i cmd -v");
    assert_int_equal(args.verbose, 1);
    operands(parse("ch-run i -c /a cmd -v"), "i cmd -v");
    assert_string_equal(args.cd, "/a");
    operands(parse("ch-run i - -v"), "i - -v");
    operands(parse("ch-run -- i cmd -v"), "i cmd -v");
    operands(parse("ch-run i"), "i");
}

static void no_words_are_no_operands(void **state)
{
    (void)state;
    assert_int_equal(parse("ch-run"), 1);
    assert_int_equal(count, 1);
}

static void help_shows_every_option_and_fits_80_columns(void **state)
{
    const char *text = printed("ch-run --help");
    char copy[4096];
    char *save = NULL;

    (void)state;
    for (const struct opt *o = options; o->kind != OPT_KIND_END; o++)
        assert_non_null(strstr(text, o->long_name));
    assert_non_null(strstr(text, "usage: ch-run [OPTION...] IMAGE -- CMD\n"
                                 "Run CMD.\n"));
    assert_non_null(strstr(text, "  -b, --bind=SRC[:DST]        mount SRC\n"));
    assert_non_null(strstr(text, "  -W, --write-fake[=SIZE]     overlay\n"));
    assert_non_null(strstr(text, "      --call[=X]              a long "));
    assert_non_null(strstr(text, "  -?, --help "));
    assert_null(strstr(text, OPT_WORDS));
    snprintf(copy, sizeof copy, "%s", text);
    for (char *line = strtok_r(copy, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save))
        assert_true(strlen(line) < 80);
}

static void usage_and_version_are_one_line(void **state)
{
    (void)state;
    assert_string_equal(printed("ch-run --usage"),
                        "usage: ch-run [OPTION...] IMAGE -- CMD\n");
    assert_string_equal(printed("ch-run -V"), printed("ch-run --version"));
    assert_ptr_equal(strstr(printed("ch-run -V"), "ch-run "),
                     printed("ch-run -V"));
    assert_non_null(strchr(printed("ch-run -V"), '.'));
}

static void help_is_answered_before_what_follows_is_looked_at(void **state)
{
    (void)state;
    assert_non_null(strstr(printed("ch-run -v -? --nothing"), "options:"));
    assert_non_null(strstr(printed("ch-run -?x"), "options:"));
}

static void the_words_for_completion_are_all_names(void **state)
{
    (void)state;
    assert_string_equal(printed("ch-run --" OPT_WORDS),
                        "-b --bind= --call -c --cd= -C --cache= -n --number= "
                        "-v --verbose -w --write -W --write-fake -? --help "
                        "--usage -V --version \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_argument_stands_behind_or_is_attached),
        cmocka_unit_test(an_optional_argument_must_be_attached),
        cmocka_unit_test(letters_can_be_joined),
        cmocka_unit_test(a_repeated_option_adds_to_a_list_or_wins),
        cmocka_unit_test(an_empty_argument_is_one),
        cmocka_unit_test(an_argument_may_look_like_an_option),
        cmocka_unit_test(a_number_that_is_none_is_named),
        cmocka_unit_test(a_size_has_a_unit),
        cmocka_unit_test(a_name_may_be_cut_short_if_it_stays_the_only_one),
        cmocka_unit_test(an_ambiguous_name_tells_between_what),
        cmocka_unit_test(a_whole_name_is_never_ambiguous),
        cmocka_unit_test(an_unknown_option_is_named),
        cmocka_unit_test(a_missing_argument_is_named),
        cmocka_unit_test(an_argument_too_many_is_refused),
        cmocka_unit_test(the_applets_own_check_can_fail),
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(a_lone_dash_is_an_operand),
        cmocka_unit_test_setup(in_order_the_first_operand_ends_the_options,
                               start),
        cmocka_unit_test_setup(a_command_behind_an_image_keeps_its_options,
                               start),
        cmocka_unit_test_setup(no_words_are_no_operands, start),
        cmocka_unit_test_setup(help_shows_every_option_and_fits_80_columns,
                               start),
        cmocka_unit_test_setup(usage_and_version_are_one_line, start),
        cmocka_unit_test_setup(
            help_is_answered_before_what_follows_is_looked_at, start),
        cmocka_unit_test_setup(the_words_for_completion_are_all_names, start),
    };

    return cmocka_run_group_tests(tests, NULL, stop);
}
