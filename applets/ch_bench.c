// ch_bench.c - ch-bench: how fast this node reads an image.
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "applets/applets.h"
#include "applets/threads.h"
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/opt.h"
#include "core/base/scope.h"
#include "core/base/str.h"
#include "core/run/bench.h"

enum {
    ROUNDS = 3,
    NAME_WIDTH = 14, // columns
    STATE_WIDTH = 5,
    TIME_WIDTH = 30,
};

struct args {
    struct bench_plan plan;
    bool json;
    int verbosity;
};

static int set_threads(void *p, const char *value)
{
    return threads_parse(value, &((struct args *)p)->plan.how.threads);
}

static const struct opt options[] = {
    { 0, "cache", "SIZE", "memory of the server for decompressed data",
      OPT_SIZE(struct args, plan.how.cache) },
    { 0, "json", NULL, "print JSON", OPT_FLAG(struct args, json) },
    { 'o', "offset", "N", "the image begins N bytes into its file",
      OPT_SIZE(struct args, plan.how.offset) },
    { 'r', "rounds", "N", "how often each is measured, 1 to 99 (default: 3)",
      OPT_INT(struct args, plan.rounds) },
    { 's', "size", "SIZE", "read at most so much at a time (default: 1G)",
      OPT_SIZE(struct args, plan.most) },
    { 0, "threads", "N", "serve by at most N threads", OPT_CALL(set_threads) },
    { 'v', "verbose", NULL, "be more verbose (can be repeated)",
      OPT_COUNT(struct args, verbosity) },
    OPT_END,
};

static const struct opt_spec spec = {
    .usage = "[OPTION...] IMAGE",
    .about = "Measure how fast this node reads the SquashFS file IMAGE.",
    .table = options,
};

static const char *const readers[BENCH_READERS] = { "server", "kernel" };

static const char *const states[BENCH_STATES] = { "cold", "warm" };

static double rate(double amount, double seconds)
{
    return seconds > 0 ? amount / seconds : 0;
}

// What counts is bytes where these are many, and else how often.
static void print_time(const struct bench_time *time, enum bench_work work)
{
    bool by_bytes = work == BENCH_READ || work == BENCH_SEQUENTIAL;
    double amount =
        by_bytes ? (double)time->bytes / (1 << 20) : (double)time->count;

    printf("  %9.1f ms %9.0f %5s", time->seconds * 1000,
           rate(amount, time->seconds), by_bytes ? "MiB/s" : "/s");
}

static void print_row(const struct bench_result *result, enum bench_work work,
                      enum bench_state state)
{
    const struct bench_time *server =
        &result->figures[BENCH_SERVER][work].times[state];
    const struct bench_time *kernel =
        &result->figures[BENCH_KERNEL][work].times[state];

    printf("%-*s %s", NAME_WIDTH, bench_work_names[work], states[state]);
    print_time(server, work);
    if (result->by_kernel) {
        print_time(kernel, work);
        printf("  %5.2f", rate(server->seconds, kernel->seconds));
    }
    putchar('\n');
}

static void print_text(const struct bench_result *result)
{
    char size[STR_SIZE_TEXT];

    printf("%ju files, %s of data\n\n", (uintmax_t)result->tree.files,
           str_of_size(size, result->tree.bytes));
    printf("%*s", NAME_WIDTH + STATE_WIDTH + TIME_WIDTH, "by the server");
    if (result->by_kernel)
        printf("%*s  ratio", TIME_WIDTH, "by the kernel");
    putchar('\n');
    for (int work = 0; work < BENCH_WORKS; work++)
        for (int state = 0; state < BENCH_STATES; state++)
            print_row(result, (enum bench_work)work, (enum bench_state)state);
    if (!result->by_kernel)
        puts("\nThe kernel's own mount can be measured by root only.");
}

static void add_row(struct json *rows, const struct bench_result *result,
                    enum bench_reader by, enum bench_work work)
{
    for (int state = 0; state < BENCH_STATES; state++) {
        const struct bench_time *time = &result->figures[by][work].times[state];
        struct json *row = json_append_object(rows);

        json_add_string(row, "work", bench_work_names[work]);
        json_add_string(row, "state", states[state]);
        json_add_string(row, "by", readers[by]);
        json_add_number(row, "seconds", time->seconds);
        json_add_u64(row, "count", time->count);
        json_add_u64(row, "bytes", time->bytes);
    }
}

static void print_json(const struct args *args,
                       const struct bench_result *result)
{
    cleanup_json struct json *object = json_object();
    cleanup_free char *text = NULL;
    int count = result->by_kernel ? BENCH_READERS : BENCH_KERNEL;
    struct json *rows;

    json_add_string(object, "image", args->plan.how.image);
    json_add_u64(object, "files", result->tree.files);
    json_add_u64(object, "bytes", result->tree.bytes);
    json_add_number(object, "rounds", args->plan.rounds);
    rows = json_add_array(object, "times");
    for (int by = 0; by < count; by++)
        for (int work = 0; work < BENCH_WORKS; work++)
            add_row(rows, result, (enum bench_reader)by, (enum bench_work)work);
    text = json_text(object, true);
    puts(text);
}

int ch_bench_main(int argc, char **argv)
{
    struct args args = { .plan = { .rounds = ROUNDS, .most = 1 << 30 } };
    int first = opt_parse(&spec, argc, argv, &args);
    struct bench_result result;

    if (first < 0)
        return first == OPT_ANSWERED ? 0 : -1;
    if (first + 1 != argc)
        return failed(0, first == argc ? "IMAGE not specified; see --help"
                                       : "more than one IMAGE");
    log_level_set(LOG_WARN + args.verbosity);
    args.plan.how.image = argv[first];
    if (bench_run(&args.plan, &result) < 0)
        return -1;
    if (args.json)
        print_json(&args, &result);
    else
        print_text(&result);
    return 0;
}
