// SPDX-License-Identifier: GPL-3.0-or-later
// bench.c — `headway bench`: exports of all types and lengths, measured one after the other.
//
// Each finished cell is a line of the folder's records.log, written before the next begins, so
// what is in the log need not be done again.
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/report_text.h"
#include "cli/bench_cell.h"
#include "cli/bench_clip.h"
#include "cli/bench_progress.h"
#include "cli/bench_sources.h"
#include "cli/command.h"
#include "cli/learning.h"
#include "dispatch/local_job.h"
#include "job/spec_features.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/page_cache.h"
#include "sys/signal_watch.h"
#include "vision/upscaler.h"

enum { STEP_MS = 100, PATH_BYTES = 1024, MAX_LOG = 256 * 1024 * 1024 };
static const double cold_share =
    0.1; // of a source that may be in memory and the cell still be cold

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
    struct cancel *cancel;
    struct bench_axes axes;
    struct bench_cell *cells;
    double *expected_s; // of each cell; 0: it is done already
    int count, there, at, failed;
    bool warned;     // that sources stay in memory
    bool no_history; // not wanted, or cannot be used
    struct bench_progress progress;
    char clips[PATH_BYTES], log[PATH_BYTES], film[PATH_BYTES];
    char step[160]; // what the step that runs is called
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

static enum status make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0777) == 0 || access(path, W_OK) == 0)
        return OK;
    return error_set_errno(err, errno, "make the folder %s", path);
}

static enum status make_folders(struct bench *b, struct error *err)
{
    const char *folder = b->a->folder;
    if ((size_t)snprintf(b->clips, PATH_BYTES, "%s/clips", folder) >= PATH_BYTES - 64)
        return error_set(err, ERR_USAGE, "--folder: the path is too long");
    (void)snprintf(b->log, PATH_BYTES, "%s/records.log", folder);
    (void)snprintf(b->film, PATH_BYTES, "%s/film.mp4", folder);
    enum status status = make_folder(folder, err);
    return status == OK ? make_folder(b->clips, err) : status;
}

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

static void clip_path(const struct bench *b, const struct bench_cell *cell, char dst[PATH_BYTES])
{
    if (cell->source.path)
        (void)snprintf(dst, PATH_BYTES, "%s", cell->source.path);
    else
        (void)snprintf(dst, PATH_BYTES, "%.950s/%ds-%s.mp4", b->clips, cell->seconds,
                       cell->source.name);
}

static enum status spec_of(const struct bench *b, const struct bench_cell *cell, struct spec **ret,
                           struct error *err)
{
    struct buffer text BUFFER_AUTO;
    char input[PATH_BYTES];
    buffer_init(&text, SPEC_MAX_TEXT_BYTES);
    clip_path(b, cell, input);
    bench_cell_spec(cell, input, b->film, b->axes.quick, &text);
    return spec_parse(buffer_string(&text), text.size, ret, err);
}

// What history knows. A history that cannot be used is warned of once.
static void consult(struct bench *b, struct learning *ret)
{
    learning_begin(ret, b->a->history_path, b->no_history);
    b->no_history = ret->path == NULL;
}

// The seconds that history, or the shipped prior, expects of a cell; phases one after the other.
static double expect(struct bench *b, const struct spec *spec)
{
    struct learning learning LEARNING_AUTO;
    struct features known;
    struct prior prior;
    struct forecast forecast;
    double sum_s = 0;
    consult(b, &learning);
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

static enum status plan(struct bench *b, double *ret_total_s, struct error *err)
{
    struct samples done;
    *ret_total_s = 0;
    samples_init(&done);
    enum status status = read_records(b->log, &done, err);
    for (int i = 0; i < b->count && status == OK; i++) {
        char name[BENCH_NAME];
        struct spec *spec AUTO(spec_free) = NULL;
        bench_cell_name(&b->cells[i], name);
        if (is_there(&done, name)) {
            b->there++;
            continue;
        }
        status = spec_of(b, &b->cells[i], &spec, err);
        if (status == OK)
            *ret_total_s += b->expected_s[i] = expect(b, spec);
    }
    samples_done(&done);
    return status;
}

// ---- clips ----

static void show(struct bench *b, double fraction, const char *doing)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "%d/%d %s: %s", b->at + 1, b->count, b->step, doing);
    bench_progress_show(&b->progress, fraction, text, clock_now_ns());
}

static void on_frame(void *context, int frames)
{
    struct bench *b = context;
    char text[64];
    (void)snprintf(text, sizeof(text), "drawing frame %d of its source", frames);
    show(b, 0, text);
}

static enum status need_clip(struct bench *b, const struct bench_cell *cell, const char *path,
                             struct error *err)
{
    const int fps = b->axes.quick ? 10 : 25;
    const struct bench_clip clip = {
        .width = cell->source.width,
        .height = cell->source.height,
        .fps = fps,
        .frames = cell->seconds * fps,
        .on_frame = on_frame,
        .context = b,
    };
    return access(path, R_OK) == 0 ? OK : bench_clip_make(&clip, path, b->cancel, err);
}

// ---- cold and warm ----

static enum status prepare_file(const char *path, bool cold, struct error *err)
{
    return cold ? page_cache_drop(path, err) : page_cache_fill(path, err);
}

// The networks: all files of the folder in which one of them lies.
static void prepare_models(const struct bench *b, bool cold)
{
    char path[PATH_BYTES];
    const char *first = upscaler_model_at(0)->name;
    if (upscaler_model_find(first, b->a->model_dir, path, sizeof(path), NULL) != OK)
        return; // the export that needs it will say so
    const char *folder = dirname(path);
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char file[PATH_BYTES + sizeof(entry->d_name)];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name);
        (void)!prepare_file(file, cold, NULL);
    }
    (void)closedir(dir);
}

// Makes the cell cold or warm; *ret_cold is what came of it.
static enum status prepare(struct bench *b, const struct bench_cell *cell, const char *path,
                           bool *ret_cold, struct error *err)
{
    double share = 1;
    prepare_models(b, cell->cold);
    enum status status = prepare_file(path, cell->cold, err);
    if (status == OK)
        status = page_cache_share(path, &share, err);
    *ret_cold = cell->cold && share <= cold_share;
    if (status == OK && cell->cold && !*ret_cold && !b->warned) {
        b->warned = true;
        bench_progress_end(&b->progress);
        log_line(LOG_WARN,
                 "%s stays in memory, so what should run cold runs warm, and is "
                 "recorded so",
                 path);
    }
    return status;
}

// ---- one cell ----

static void run_loop(struct bench *b, struct local_job *job)
{
    while (!local_job_ended(job)) {
        struct pollfd fds[] = {
            {.fd = local_job_fd(job), .events = POLLIN},
            {.fd = cancel_fired(b->cancel) ? -1 : cancel_fd(b->cancel), .events = POLLIN},
        };
        (void)poll(fds, 2, STEP_MS);
        int64_t now_ns = clock_now_ns();
        if (cancel_fired(b->cancel))
            local_job_cancel(job, now_ns);
        local_job_step(job, now_ns);
        const struct job_snapshot *s = local_job_snapshot(job);
        if (s->state == JOB_COMPLETE) // nobody waits for the glide of its own bar
            local_job_step(job, now_ns + TRACKER_GLIDE_NS);
        show(b, s->progress.fraction, s->message);
    }
}

static enum status write_record(const struct bench *b, const struct benchmark *record,
                                struct error *err)
{
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, 2 * BENCHMARK_MAX_TEXT);
    buffer_text(&line, BENCHMARK_MARKER " ");
    benchmark_write(record, &line);
    buffer_text(&line, "\n");
    int fd = open(b->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(err, errno, "open %s", b->log);
    enum status status = file_write_fd(fd, b->log, line.data, line.size, err);
    (void)fdatasync(fd);
    (void)close(fd);
    return status;
}

static void remove_film(const struct bench *b)
{
    char table[PATH_BYTES + 8];
    (void)snprintf(table, sizeof(table), "%.*s.tsv", (int)strlen(b->film) - 4, b->film);
    (void)unlink(b->film);
    (void)unlink(table);
}

static enum status run_job(struct bench *b, const struct spec *spec, const char *name, bool cold,
                           struct error *err)
{
    struct learning learning LEARNING_AUTO;
    struct local_job *job AUTO(local_job_free) = NULL;
    struct benchmark record;
    consult(b, &learning);
    const struct local_job_options job_options = {
        .program = "/proc/self/exe",
        .id = name,
        .spec = spec,
        .model = learning.model,
        .known = &learning.known,
        .model_dir = b->a->model_dir,
        .threads = b->a->threads,
        .submitted_ns = clock_now_ns(),
    };
    enum status status = local_job_start(&job_options, &job, err);
    if (status != OK)
        return status;
    run_loop(b, job);
    *err = *local_job_error(job);
    if (err->status != OK)
        return err->status;
    local_job_record(job, &record);
    record.record.features.has_cold = true;
    record.record.features.cold = cold;
    learning_end(&learning, &record);
    return write_record(b, &record, err);
}

static enum status run_cell(struct bench *b, const struct bench_cell *cell, struct error *err)
{
    struct spec *spec AUTO(spec_free) = NULL;
    char path[PATH_BYTES];
    char name[BENCH_NAME];
    bool cold = false;
    bench_cell_name(cell, name);
    (void)snprintf(b->step, sizeof(b->step), "%s, %d s, %s, %s", export_info(cell->type)->name,
                   cell->seconds, cell->source.name, cell->cold ? "cold" : "warm");
    clip_path(b, cell, path);
    enum status status = spec_of(b, cell, &spec, err);
    if (status == OK)
        status = need_clip(b, cell, path, err);
    if (status == OK)
        status = prepare(b, cell, path, &cold, err);
    if (status == OK)
        status = run_job(b, spec, name, cold, err);
    remove_film(b);
    return status;
}

// ---- all of them ----

// A cell that fails is told and passed over; the first such status is that of the whole.
static enum status run_cells(struct bench *b, struct error *err)
{
    enum status worst = OK;
    for (b->at = 0; b->at < b->count; b->at++) {
        struct error own = {0};
        if (b->expected_s[b->at] <= 0)
            continue;
        bench_progress_step(&b->progress, b->expected_s[b->at]);
        enum status status = run_cell(b, &b->cells[b->at], &own);
        bench_progress_end_step(&b->progress);
        if (status == OK)
            continue;
        bench_progress_end(&b->progress);
        if (cancel_fired(b->cancel)) {
            *err = own;
            return status;
        }
        log_line(LOG_ERROR, "%s: %s", b->step, own.text);
        b->failed++;
        if (worst == OK)
            *err = own;
        worst = err->status;
    }
    bench_progress_end(&b->progress);
    return worst;
}

static enum status report(const struct bench *b, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    struct samples samples;
    struct analysis *analysis = mem_new(struct analysis);
    buffer_init(&text, 1 << 20);
    samples_init(&samples);
    enum status status = read_records(b->log, &samples, err);
    samples_finish(&samples);
    analysis_make(&samples, NULL, 0, clock_wall_ms(), analysis);
    if (samples.count > 0)
        report_text(analysis, &text);
    samples_done(&samples);
    free(analysis);
    if (status == OK && text.size > 0)
        status = file_write_fd(STDOUT_FILENO, "standard output", text.data, text.size, err);
    return status;
}

static enum status bench(struct bench *b, struct error *err)
{
    double total_s;
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(b->cancel);
    enum status status = make_folders(b, err);
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
    b->count = bench_cells(&b->axes, b->cells);
    status = plan(b, &total_s, err);
    if (status != OK)
        return status;
    bench_progress_begin(&b->progress, total_s, clock_now_ns());
    status = run_cells(b, err);
    log_line(LOG_INFO, "%d of %d cells were there already, %d failed", b->there, b->count,
             b->failed);
    struct error own = {0};
    if (!cancel_fired(b->cancel) && report(b, &own) != OK && status == OK) {
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
    b->no_history = arguments.no_history;
    b->cancel = cancel_new();
    b->cells = mem_zeroed(BENCH_MAX_CELLS, sizeof(*b->cells));
    b->expected_s = mem_zeroed(BENCH_MAX_CELLS, sizeof(*b->expected_s));
    enum status status = bench(b, &err);
    if (status != OK && b->failed > 0)
        log_line(LOG_ERROR, "%d of %d cells failed", b->failed, b->count);
    else if (status != OK)
        log_line(LOG_ERROR, "%s", err.text);
    cancel_free(b->cancel);
    free(b->cells);
    free(b->expected_s);
    free(b);
    return status_info(status)->exit_code;
}
