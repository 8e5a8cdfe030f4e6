// SPDX-License-Identifier: GPL-3.0-or-later
// bench.c — `headway bench`: exports of all types and lengths, measured one after the other.
//
// Each finished cell is a line of the folder's records.log, written before the next begins, so
// what is in the log need not be done again.
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report_text.h"
#include "cli/bench_run.h"
#include "cli/bench_sources.h"
#include "cli/command.h"
#include "job/spec_features.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/signal_watch.h"

enum { MAX_LOG = 256 * 1024 * 1024 };

enum {
    KEY_QUICK = 'q',
    KEY_FOLDER = 0x2000,
    KEY_TYPES,
    KEY_SECONDS,
    KEY_SIZES,
    KEY_CLIP,
    KEY_ROUNDS,
    KEY_MODEL_DIR,
    KEY_THREADS,
    KEY_HISTORY,
    KEY_NO_HISTORY,
};

struct arguments {
    const char *folder;
    const char *types, *seconds, *sizes;
    const char *clips[BENCH_LISTED];
    int clip_count;
    const char *model_dir;
    const char *history_path;
    bool no_history, quick;
    int rounds, threads;
};

struct bench {
    const struct arguments *a;
    struct bench_axes axes;
    struct bench_cell *cells;
    double *expected_s; // of each cell; 0: it is done already
    double *draw_s;     // of that, to draw its source
    int there, failed;  // measured, now or before; not to be measured
    struct bench_run run;
};

// ---- command line ----

static const struct argp_option options[] = {
    {"quick", KEY_QUICK, NULL, 0, "One second of small pictures: does it all work?", 0},
    {"folder", KEY_FOLDER, "DIR", 0, "Where clips and records are kept (default: headway-bench)",
     0},
    {"types", KEY_TYPES, "A,B", 0, "Measure these exports alone (default: all)", 0},
    {"seconds", KEY_SECONDS, "A,B", 0, "How long they are (default: 5,15,60)", 0},
    {"sizes", KEY_SIZES, "A,B", 0, "Heights of the sources that are made (default: 720,1080)", 0},
    {"clip", KEY_CLIP, "FILE", 0, "Measure on this film instead of made ones; may be repeated", 0},
    {"rounds", KEY_ROUNDS, "N", 0, "Measure everything so often (default: 1)", 0},
    {"model-dir", KEY_MODEL_DIR, "DIR", 0,
     "Where the networks are (default: $HEADWAY_MODEL_DIR, then assets/models)", 0},
    {"threads", KEY_THREADS, "N", 0, "How many processors to use (default: all)", 0},
    {"history", KEY_HISTORY, "FILE", 0, "Learn in this history (default: your own)", 0},
    {"no-history", KEY_NO_HISTORY, NULL, 0, "Neither use nor keep what is learned", 0},
    {0},
};

static int take_number(const char *text, int most, const char *what, struct argp_state *state)
{
    char *end = NULL;
    long number = strtol(text, &end, 10);
    if (*end != '\0' || number < 1 || number > most)
        argp_error(state, "%s: expected a number from 1 to %d, got %s", what, most, text);
    return (int)number;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case KEY_QUICK:
        a->quick = true;
        return 0;
    case KEY_FOLDER:
        a->folder = argument;
        return 0;
    case KEY_TYPES:
        a->types = argument;
        return 0;
    case KEY_SECONDS:
        a->seconds = argument;
        return 0;
    case KEY_SIZES:
        a->sizes = argument;
        return 0;
    case KEY_CLIP:
        if (a->clip_count == BENCH_LISTED)
            argp_error(state, "at most %d clips", BENCH_LISTED);
        a->clips[a->clip_count++] = argument;
        return 0;
    case KEY_ROUNDS:
        a->rounds = take_number(argument, 100, "--rounds", state);
        return 0;
    case KEY_MODEL_DIR:
        a->model_dir = argument;
        return 0;
    case KEY_THREADS:
        a->threads = take_number(argument, 1024, "--threads", state);
        return 0;
    case KEY_HISTORY:
        a->history_path = argument;
        return 0;
    case KEY_NO_HISTORY:
        a->no_history = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct argp argp = {
        .options = options,
        .parser = take_option,
        .doc =
            "Measure exports of all types, lengths and sizes, cold and warm, and keep the records. "
            "What is measured already is not done again: stop it and start it as you like.\v"
            "Cold: the source and the networks are not in memory. Warm: they are. Either way "
            "each export is a new process.",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

// ---- what to do ----

static enum status read_records(const char *path, struct samples *ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MAX_LOG);
    if (access(path, F_OK) != 0)
        return OK;
    enum status status = file_read(path, &text, err);
    if (status != OK)
        return status;
    samples_begin(ret, path);
    samples_bytes(ret, buffer_string(&text), text.size);
    samples_end(ret);
    return OK;
}

static bool is_there(const struct samples *done, const char *name)
{
    for (size_t i = 0; i < done->count; i++) {
        if (strcmp(done->all[i].b.job, name) == 0)
            return true;
    }
    return false;
}

// The seconds that history, or the shipped prior, expects of a cell; phases one after the other.
static double expect(struct bench *b, const struct spec *spec)
{
    struct learning learning LEARNING_AUTO;
    struct features known;
    struct prior prior;
    struct forecast forecast;
    double sum_s = 0;
    bench_run_consult(&b->run, &learning);
    spec_features(spec, &known);
    if (learning.model)
        model_prior(learning.model, spec->type, &known, &prior);
    else
        prior_shipped(spec->type, &prior);
    prior_forecast(&prior, &known, &forecast);
    for (int k = 0; k < PHASE_COUNT; k++)
        sum_s += forecast_has(&forecast, (enum phase)k) ? exp(fmin(forecast.mean[k], 12)) : 0;
    return sum_s;
}

// The first cell of a source draws it; cells of one length follow each other.
static double expect_drawing(const struct bench *b, int cell)
{
    const struct bench_cell *c = &b->cells[cell];
    for (int i = cell - 1; i >= 0 && b->cells[i].seconds == c->seconds; i--) {
        if (b->draw_s[i] > 0 && strcmp(b->cells[i].source.name, c->source.name) == 0)
            return 0;
    }
    return bench_run_draw_s(&b->run, c);
}

static enum status plan(struct bench *b, double *ret_total_s, struct error *err)
{
    struct samples done;
    *ret_total_s = 0;
    samples_init(&done);
    enum status status = read_records(b->run.log, &done, err);
    for (int i = 0; i < b->run.count && status == OK; i++) {
        char name[BENCH_NAME];
        struct spec *spec AUTO(spec_free) = NULL;
        bench_cell_name(&b->cells[i], name);
        if (is_there(&done, name)) {
            b->there++;
            continue;
        }
        status = bench_run_spec(&b->run, &b->cells[i], &spec, err);
        if (status != OK)
            break;
        b->draw_s[i] = expect_drawing(b, i);
        b->expected_s[i] = b->draw_s[i] + expect(b, spec);
        *ret_total_s += b->expected_s[i];
    }
    samples_done(&done);
    return status;
}

// ---- all of them ----

// A cell that fails is told and passed over; the first such status is that of the whole.
static enum status run_cells(struct bench *b, struct error *err)
{
    enum status worst = OK;
    for (b->run.at = 0; b->run.at < b->run.count; b->run.at++) {
        struct error own = {0};
        if (b->expected_s[b->run.at] <= 0)
            continue;
        b->run.draw_share = b->draw_s[b->run.at] / b->expected_s[b->run.at];
        bench_progress_step(&b->run.progress, b->expected_s[b->run.at]);
        enum status status = bench_run_cell(&b->run, &b->cells[b->run.at], &own);
        bench_progress_end_step(&b->run.progress);
        b->there += status == OK;
        if (status == OK)
            continue;
        bench_progress_end(&b->run.progress);
        if (cancel_fired(b->run.cancel)) {
            *err = own;
            return status;
        }
        log_line(LOG_ERROR, "%s: %s", b->run.step, own.text);
        b->failed++;
        if (worst == OK)
            *err = own;
        worst = err->status;
    }
    bench_progress_end(&b->run.progress);
    return worst;
}

static enum status report(const struct bench *b, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    struct samples samples;
    struct analysis *analysis = mem_new(struct analysis);
    buffer_init(&text, 1 << 20);
    samples_init(&samples);
    enum status status = read_records(b->run.log, &samples, err);
    samples_finish(&samples);
    analysis_make(&samples, NULL, 0, clock_wall_ms(), analysis);
    if (samples.count > 0)
        report_text(analysis, &text);
    samples_done(&samples);
    free(analysis);
    if (status == OK && text.size > 0)
        status = file_write_fd(STDOUT_FILENO, "standard output", text.data, text.size, err);
    if (status == OK && text.size > 0)
        (void)fprintf(
            stderr,
            "The records are in %s; `headway analyze %s` shows this again, with --html as "
            "a page.\n",
            b->run.log, b->run.log);
    return status;
}

static enum status bench(struct bench *b, struct error *err)
{
    double total_s;
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(b->run.cancel);
    enum status status = bench_run_begin(&b->run, b->a->folder, err);
    if (status == OK)
        status = bench_sources(&(struct bench_wishes){.types = b->a->types,
                                                      .seconds = b->a->seconds,
                                                      .sizes = b->a->sizes,
                                                      .clips = b->a->clips,
                                                      .clip_count = b->a->clip_count,
                                                      .rounds = b->a->rounds,
                                                      .quick = b->a->quick},
                               &b->axes, err);
    if (status != OK)
        return status;
    b->run.count = bench_cells(&b->axes, b->cells);
    status = plan(b, &total_s, err);
    if (status != OK)
        return status;
    if (b->there > 0)
        (void)fprintf(stderr, "%d of %d exports are measured already, in %s.\n", b->there,
                      b->run.count, b->run.log);
    bench_progress_begin(&b->run.progress, total_s, clock_now_ns());
    status = run_cells(b, err);
    if (cancel_fired(b->run.cancel))
        (void)fprintf(stderr,
                      "%d of %d exports are measured; the same command goes on from there.\n",
                      b->there, b->run.count);
    struct error own = {0};
    if (!cancel_fired(b->run.cancel) && report(b, &own) != OK && status == OK) {
        *err = own;
        return own.status;
    }
    return status;
}

int command_bench(int argc, char **argv)
{
    struct arguments arguments = {.folder = "headway-bench", .rounds = 1};
    struct error err = {0};
    parse_arguments(argc, argv, &arguments);
    struct bench *b = mem_new(struct bench);
    b->a = &arguments;
    b->run = (struct bench_run){
        .model_dir = arguments.model_dir,
        .history_path = arguments.history_path,
        .cancel = cancel_new(),
        .threads = arguments.threads,
        .quick = arguments.quick,
        .no_history = arguments.no_history,
    };
    b->cells = mem_zeroed(BENCH_MAX_CELLS, sizeof(*b->cells));
    b->expected_s = mem_zeroed(BENCH_MAX_CELLS, sizeof(*b->expected_s));
    b->draw_s = mem_zeroed(BENCH_MAX_CELLS, sizeof(*b->draw_s));
    enum status status = bench(b, &err);
    if (status != OK && b->failed > 0)
        log_line(LOG_ERROR, "%d of %d exports failed", b->failed, b->run.count);
    else if (status != OK)
        log_line(LOG_ERROR, "%s", err.text);
    cancel_free(b->run.cancel);
    free(b->cells);
    free(b->expected_s);
    free(b->draw_s);
    free(b);
    return status_info(status)->exit_code;
}
