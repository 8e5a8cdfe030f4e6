// SPDX-License-Identifier: GPL-3.0-or-later
// bench_run.c — see bench_run.h.
#include "cli/bench_run.h"

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

#include "cli/bench_clip.h"
#include "dispatch/local_job.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/page_cache.h"
#include "vision/upscaler.h"

enum { STEP_MS = 100, PATH_BYTES = BENCH_PATH };
static const double cold_share =
    0.1; // of a source that may be in memory and the cell still be cold
static const double draw_px_s = 30e6; // about what two processors draw and encode of a source

// ---- where ----

static enum status make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0777) == 0 || access(path, W_OK) == 0)
        return OK;
    return error_set_errno(err, errno, "make the folder %s", path);
}

enum status bench_run_begin(struct bench_run *r, const char *folder, struct error *err)
{
    if ((size_t)snprintf(r->clips, PATH_BYTES, "%s/clips", folder) >= PATH_BYTES - 64)
        return error_set(err, ERR_USAGE, "--folder: the path is too long");
    (void)snprintf(r->log, PATH_BYTES, "%s/records.log", folder);
    (void)snprintf(r->film, PATH_BYTES, "%s/film.mp4", folder);
    enum status status = make_folder(folder, err);
    return status == OK ? make_folder(r->clips, err) : status;
}

static void clip_path(const struct bench_run *r, const struct bench_cell *cell,
                      char dst[PATH_BYTES])
{
    if (cell->source.path)
        (void)snprintf(dst, PATH_BYTES, "%s", cell->source.path);
    else
        (void)snprintf(dst, PATH_BYTES, "%.950s/%ds-%s.mp4", r->clips, cell->seconds,
                       cell->source.name);
}

enum status bench_run_spec(const struct bench_run *r, const struct bench_cell *cell,
                           struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    char input[PATH_BYTES];
    buffer_init(&text, SPEC_MAX_TEXT_BYTES);
    clip_path(r, cell, input);
    bench_cell_spec(cell, input, r->film, r->quick, &text);
    return spec_parse(buffer_string(&text), text.size, ret, err);
}

void bench_run_consult(struct bench_run *r, struct learning *ret)
{
    learning_begin(ret, r->history_path, r->no_history);
    r->no_history = ret->path == NULL;
}

// ---- clips ----

static void show(struct bench_run *r, double fraction, const char *doing)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "%d/%d %s: %s", r->at + 1, r->count, r->step, doing);
    bench_progress_show(&r->progress, fraction, text, clock_now_ns());
}

static void on_frame(void *context, int frames)
{
    struct bench_run *r = context;
    char text[64];
    (void)snprintf(text, sizeof(text), "drawing its source, frame %d/%d", frames, r->draw_frames);
    show(r, r->draw_share * frames / r->draw_frames, text);
}

static int source_fps(const struct bench_run *r)
{
    return r->quick ? 10 : 25;
}

double bench_run_draw_s(const struct bench_run *r, const struct bench_cell *cell)
{
    char path[PATH_BYTES];
    clip_path(r, cell, path);
    double px = (double)cell->source.width * cell->source.height * source_fps(r) * cell->seconds;
    return access(path, R_OK) == 0 ? 0 : px / draw_px_s;
}

static enum status need_clip(struct bench_run *r, const struct bench_cell *cell, const char *path,
                             struct error *err)
{
    const struct bench_clip clip = {
        .width = cell->source.width,
        .height = cell->source.height,
        .fps = source_fps(r),
        .frames = cell->seconds * source_fps(r),
        .on_frame = on_frame,
        .context = r,
    };
    r->draw_frames = clip.frames;
    return access(path, R_OK) == 0 ? OK : bench_clip_make(&clip, path, r->cancel, err);
}

// ---- cold and warm ----

static enum status prepare_file(const char *path, bool cold, struct error *err)
{
    return cold ? page_cache_drop(path, err) : page_cache_fill(path, err);
}

// The networks: all files of the folder in which one of them lies.
static void prepare_models(const struct bench_run *r, bool cold)
{
    char path[PATH_BYTES];
    const char *first = upscaler_model_at(0)->name;
    if (upscaler_model_find(first, r->model_dir, path, sizeof(path), NULL) != OK)
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
static enum status prepare(struct bench_run *r, const struct bench_cell *cell, const char *path,
                           bool *ret_cold, struct error *err)
{
    double share = 1;
    prepare_models(r, cell->cold);
    enum status status = prepare_file(path, cell->cold, err);
    if (status == OK)
        status = page_cache_share(path, &share, err);
    *ret_cold = cell->cold && share <= cold_share;
    if (status == OK && cell->cold && !*ret_cold && !r->warned) {
        r->warned = true;
        bench_progress_end(&r->progress);
        log_line(LOG_WARN,
                 "%s stays in memory, so what should run cold runs warm, and is "
                 "recorded so",
                 path);
    }
    return status;
}

// ---- one cell ----

static void run_loop(struct bench_run *r, struct local_job *job)
{
    while (!local_job_ended(job)) {
        struct pollfd fds[] = {
            {.fd = local_job_fd(job), .events = POLLIN},
            {.fd = cancel_fired(r->cancel) ? -1 : cancel_fd(r->cancel), .events = POLLIN},
        };
        (void)poll(fds, 2, STEP_MS);
        int64_t now_ns = clock_now_ns();
        if (cancel_fired(r->cancel))
            local_job_cancel(job, now_ns);
        local_job_step(job, now_ns);
        const struct job_snapshot *s = local_job_snapshot(job);
        if (s->state == JOB_COMPLETE) // nobody waits for the glide of its own bar
            local_job_step(job, now_ns + TRACKER_GLIDE_NS);
        show(r, r->draw_share + (1 - r->draw_share) * s->progress.fraction, s->message);
    }
}

static enum status write_record(const struct bench_run *r, const struct benchmark *record,
                                struct error *err)
{
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, 2 * BENCHMARK_MAX_TEXT);
    buffer_text(&line, BENCHMARK_MARKER " ");
    benchmark_write(record, &line);
    buffer_text(&line, "\n");
    int fd = open(r->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(err, errno, "open %s", r->log);
    enum status status = file_write_fd(fd, r->log, line.data, line.size, err);
    (void)fdatasync(fd);
    (void)close(fd);
    return status;
}

static void remove_film(const struct bench_run *r)
{
    char table[PATH_BYTES + 8];
    (void)snprintf(table, sizeof(table), "%.*s.tsv", (int)strlen(r->film) - 4, r->film);
    (void)unlink(r->film);
    (void)unlink(table);
}

static enum status run_job(struct bench_run *r, const struct spec *spec, const char *name,
                           bool cold, struct error *err)
{
    struct learning learning LEARNING_AUTO;
    struct local_job *job AUTO(local_job_free) = NULL;
    struct benchmark record;
    bench_run_consult(r, &learning);
    const struct local_job_options job_options = {
        .program = "/proc/self/exe",
        .id = name,
        .spec = spec,
        .model = learning.model,
        .known = &learning.known,
        .model_dir = r->model_dir,
        .threads = r->threads,
        .submitted_ns = clock_now_ns(),
    };
    enum status status = local_job_start(&job_options, &job, err);
    if (status != OK)
        return status;
    run_loop(r, job);
    *err = *local_job_error(job);
    if (err->status != OK)
        return err->status;
    local_job_record(job, &record);
    record.record.features.has_cold = true;
    record.record.features.cold = cold;
    learning_end(&learning, &record);
    return write_record(r, &record, err);
}

enum status bench_run_cell(struct bench_run *r, const struct bench_cell *cell, struct error *err)
{
    struct spec *spec AUTO(spec_free) = NULL;
    char path[PATH_BYTES];
    char name[BENCH_NAME];
    bool cold = false;
    bench_cell_name(cell, name);
    (void)snprintf(r->step, sizeof(r->step), "%s, %d s, %s, %s", export_info(cell->type)->name,
                   cell->seconds, cell->source.name, cell->cold ? "cold" : "warm");
    clip_path(r, cell, path);
    enum status status = bench_run_spec(r, cell, &spec, err);
    if (status == OK)
        status = need_clip(r, cell, path, err);
    if (status == OK)
        status = prepare(r, cell, path, &cold, err);
    if (status == OK)
        status = run_job(r, spec, name, cold, err);
    remove_film(r);
    return status;
}
