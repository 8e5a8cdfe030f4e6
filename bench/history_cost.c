// SPDX-License-Identifier: GPL-3.0-or-later
// history_cost.c — what a run pays for its history: reading what was learned, learning from one
// job, and what `headway analyze` needs for many records.
//
// Usage: history_cost [FOLDER]    (default: the working folder; a database is made there and
// removed)
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "history/db.h"
#include "history/history.h"
#include "history/models.h"
#include "history/records.h"
#include "sys/clock.h"

enum { FEW = 10, MANY = 1000, ROUNDS = 50 };

static struct benchmark job(int i)
{
    int frames = 100 + 50 * (i % 3);
    double upscale_s = frames * 0.4 * (1 + 0.02 * ((i * 7) % 5 - 2));
    struct benchmark b = {.record = {.type = (enum export_type)(i % EXPORT_TYPE_COUNT),
                                     .features = {.has_frames_upscale = true,
                                                  .frames_upscale = (uint64_t)frames,
                                                  .has_frames_output = true,
                                                  .frames_output = (uint64_t)frames,
                                                  .device = "cpu-avx2-2",
                                                  .engine = "x4fast"},
                                     .total_s = upscale_s + 3,
                                     .by_worker = true,
                                     .at_ms = 1700000000000 + 60000 * (int64_t)i}};
    struct record_phase *p = b.record.phases;
    p[PHASE_DOWNLOAD] = (struct record_phase){.present = true, .busy_s = 0.3, .wall_s = 0.5};
    p[PHASE_INIT] = (struct record_phase){.present = true, .busy_s = 1, .wall_s = 1};
    p[PHASE_UPSCALE] = (struct record_phase){
        .present = true, .busy_s = upscale_s, .wall_s = upscale_s, .units = (uint64_t)frames};
    p[PHASE_ENCODE] = (struct record_phase){.present = true, .busy_s = 3, .wall_s = upscale_s};
    p[PHASE_UPLOAD] = (struct record_phase){.present = true, .busy_s = 0.2, .wall_s = 0.4};
    (void)snprintf(b.job, sizeof(b.job), "job-%d", i);
    return b;
}

static void need(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    (void)fprintf(stderr, "history_cost: %s\n", err->text);
    exit(1);
}

static void remove_files(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char file[1100];
        (void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

// A history of n jobs, learned.
static void prepare(const char *path, int n)
{
    struct db *db AUTO(db_free) = NULL;
    struct transaction t TRANSACTION_AUTO;
    struct error err = {0};
    struct model *model = mem_new(struct model);
    remove_files(path);
    need(db_open(&(struct db_options){.path = path}, &db, &err), &err);
    need(transaction_begin(&t, db, &err), &err);
    for (int i = 0; i < n; i++) {
        struct benchmark b = job(i);
        enum record_flaw flaw;
        need(records_add(db, &b, &flaw, &err), &err);
    }
    need(transaction_commit(&t, &err), &err);
    need(models_update(db, 0, model, &err), &err);
    free(model);
}

static double ms_since(int64_t begin_ns)
{
    return (double)(clock_now_ns() - begin_ns) / 1e6;
}

// Of the file, all of it written out.
static double kilobytes(struct db *db, const char *path)
{
    struct error err = {0};
    struct stat st = {0};
    need(db_run(db, "PRAGMA wal_checkpoint(TRUNCATE)", &err), &err);
    (void)stat(path, &st);
    return (double)st.st_size / 1024;
}

static void measure(const char *path, int n)
{
    struct error err = {0};
    struct features known = {0};
    struct model *model = mem_new(struct model);
    prepare(path, n);
    int64_t begin_ns = clock_now_ns();
    for (int i = 0; i < ROUNDS; i++)
        need(history_load(path, 0, model, &known, &err), &err);
    double load_ms = ms_since(begin_ns) / ROUNDS;
    begin_ns = clock_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        struct benchmark b = job(n + i);
        enum record_flaw flaw;
        need(history_learn(path, &b, &flaw, &err), &err);
    }
    double learn_ms = ms_since(begin_ns) / ROUNDS;
    struct db *db AUTO(db_free) = NULL;
    need(db_open(&(struct db_options){.path = path}, &db, &err), &err);
    need(db_run(db, "DELETE FROM models", &err), &err);
    begin_ns = clock_now_ns();
    need(models_load(db, model, &err), &err);
    double build_ms = ms_since(begin_ns);
    double size = kilobytes(db, path);
    (void)printf("%5d jobs: %6.2f ms to read what was learned, %6.2f ms to learn from one more, "
                 "%7.1f ms to build the model anew; a file of %.0f KB, %.2f KB a job\n",
                 n, load_ms, learn_ms, build_ms, size, size / (n + ROUNDS));
    free(model);
}

static void measure_analysis(int n)
{
    struct samples samples;
    struct buffer log BUFFER_AUTO;
    struct analysis *analysis = mem_new(struct analysis);
    buffer_init(&log, (size_t)n * 1024);
    for (int i = 0; i < n; i++) {
        struct benchmark b = job(i);
        buffer_text(&log, BENCHMARK_MARKER " ");
        benchmark_write(&b, &log);
        buffer_text(&log, "\n");
    }
    int64_t begin_ns = clock_now_ns();
    samples_init(&samples);
    samples_begin(&samples, "log");
    samples_bytes(&samples, log.data, log.size);
    samples_end(&samples);
    double read_ms = ms_since(begin_ns);
    samples_finish(&samples);
    analysis_make(&samples, NULL, 0, 0, analysis);
    (void)printf("%5d lines (%.1f MB): %.0f ms to read, %.0f ms with foresight and figures\n", n,
                 (double)log.size / 1e6, read_ms, ms_since(begin_ns));
    samples_done(&samples);
    free(analysis);
}

int main(int argc, char **argv)
{
    char path[1024];
    (void)snprintf(path, sizeof(path), "%.900s/history-cost.db", argc > 1 ? argv[1] : ".");
    measure(path, FEW);
    measure(path, MANY);
    remove_files(path);
    measure_analysis(10000);
    return 0;
}
