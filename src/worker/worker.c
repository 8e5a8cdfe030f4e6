// SPDX-License-Identifier: GPL-3.0-or-later
// worker.c — see worker.h.
#include "worker/worker.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "export/export.h"
#include "job/benchmark.h"
#include "job/spec_features.h"
#include "progress/job_features.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/runnable.h"
#include "sys/signal_watch.h"
#include "vision/upscaler.h"
#include "worker/reporter.h"

struct job {
    const struct worker_options *o;
    struct cancel *cancel;
    struct storage *storage;
    struct reporter *reporter;
    struct spec *spec;
    struct features machine; // engine, device, cold, quality, remote, runnable, processors
    int64_t started_ns;
};

static enum status read_spec(struct job *job, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SPEC_MAX_TEXT_BYTES);
    enum status status = file_read_fd(STDIN_FILENO, "the spec", job->cancel, &text, err);
    if (status != OK)
        return status;
    return spec_parse(buffer_string(&text), text.size, &job->spec, err);
}

// The network that this export runs; "" when it runs none.
static const char *engine_of(const struct spec *spec)
{
    switch (spec->type) {
    case EXPORT_FRAMING_AI:
    case EXPORT_MULTI_CLIP:
        return spec->model ? spec->model : upscaler_model_at(0)->name;
    case EXPORT_DETECT_PLAYERS:
        return "nanodet";
    default:
        return "";
    }
}

// Who does the work. Said before anything slow, so without having loaded the network.
static void say_hello(struct job *job)
{
    struct event event = {.kind = EVENT_HELLO};
    char host[32] = "worker";
    (void)gethostname(host, sizeof(host) - 1);
    (void)snprintf(event.plan.worker, sizeof(event.plan.worker), "%s-%ld", host, (long)getpid());
    struct features *machine = &job->machine;
    struct features known;
    spec_features(job->spec, &known);
    (void)text_copy(machine->quality, sizeof(machine->quality), known.quality);
    machine->has_remote = true; // a worker is given places, not keys
    machine->remote = known.remote;
    (void)text_copy(machine->engine, sizeof(machine->engine), engine_of(job->spec));
    upscaler_device(job->o->threads, machine->device, sizeof(machine->device));
    machine->has_cold = true;
    machine->cold = true; // a process for each job loads its network anew
    machine->has_runnable = runnable_others(&machine->runnable); // before we add to them
    machine->has_processors = runnable_processors(&machine->processors);
    event.plan.features = *machine;
    reporter_say(job->reporter, &event);
}

static void say_result(struct job *job, const struct export_result *result)
{
    struct event event = {
        .kind = EVENT_RESULT,
        .result = {.bytes = result->bytes,
                   .frames = (uint64_t)result->frames,
                   .duration_s = result->duration_s},
    };
    if (job->spec->output)
        (void)text_copy(event.result.output, sizeof(event.result.output), job->spec->output);
    (void)text_copy(event.result.data, sizeof(event.result.data), result->data);
    reporter_timings(job->reporter, event.result.timings);
    reporter_say(job->reporter, &event);
}

static void say_error(struct job *job, const struct error *err)
{
    struct event event = {
        .kind = EVENT_ERROR,
        .error = {.code = err->status, .retryable = err->retryable},
    };
    (void)text_copy(event.error.text, sizeof(event.error.text), err->text);
    (void)text_copy(event.error.detail, sizeof(event.error.detail), err->detail);
    reporter_say(job->reporter, &event);
}

static void log_benchmark(struct job *job, const struct export_result *result)
{
    struct benchmark b = {.record = {
                              .type = job->spec->type,
                              .total_s = (double)(clock_now_ns() - job->started_ns) / 1e9,
                              .by_worker = true,
                              .at_ms = clock_wall_ms(),
                          }};
    struct features *f = &b.record.features;
    if (!reporter_plan(job->reporter, f))
        return;
    (void)text_copy(b.job, sizeof(b.job), job->o->job);
    features_learn(f, &job->machine);
    f->has_bytes_out = true;
    f->bytes_out = result->bytes;
    reporter_timings(job->reporter, b.record.phases);
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, BENCHMARK_MAX_TEXT);
    buffer_text(&line, BENCHMARK_MARKER " ");
    benchmark_write(&b, &line);
    log_record(buffer_string(&line));
}

static enum status run(struct job *job, struct error *err)
{
    enum status status = read_spec(job, err);
    if (status != OK)
        return status;
    say_hello(job);
    status = storage_new(NULL, &job->storage, err);
    if (status != OK)
        return status;
    const struct export_options options = {
        .spec = job->spec,
        .model_dir = job->o->model_dir,
        .threads = job->o->threads,
        .storage = job->storage,
        .listener = reporter_listener(job->reporter),
        .cancel = job->cancel,
    };
    struct export_result result = {0};
    status = export_run(&options, &result, err);
    if (status != OK)
        return status;
    say_result(job, &result);
    log_benchmark(job, &result);
    return OK;
}

int worker_run(const struct worker_options *options)
{
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(cancel);
    struct reporter *reporter AUTO(reporter_free) = reporter_new(STDOUT_FILENO, options->job,
                                                                 options->attempt, cancel);
    struct job job = {
        .o = options, .cancel = cancel, .reporter = reporter, .started_ns = clock_now_ns()};
    struct error err = {0};
    enum status status = run(&job, &err);
    if (status != OK)
        say_error(&job, &err);
    storage_free(job.storage);
    spec_free(job.spec);
    return status_info(status)->exit_code;
}
