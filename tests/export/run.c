// SPDX-License-Identifier: GPL-3.0-or-later
#include "run.h"

#include <stdio.h>

#include "../sanitized.h"
#include "../storage/folder.h"
#include "storage/sink.h"
#include "sys/clock.h"

static const int64_t in_time_ns = INT64_C(1000000000) * (SANITIZED ? 10 : 1);

void run_begin(struct run *run, const char *type, const char *fields, ...)
{
    struct buffer text BUFFER_AUTO;
    va_list args;
    char *filled = NULL;
    *run = (struct run){.cancel = cancel_new()};
    recorder_init(&run->recorder);
    va_start(args, fields);
    assert_true(vasprintf(&filled, fields, args) >= 0);
    va_end(args);
    buffer_init(&text, SPEC_MAX_TEXT_BYTES);
    buffer_printf(&text, "{\"type\":\"%s\",%s}", type, filled);
    free(filled);
    if (spec_parse(buffer_string(&text), text.size, &run->spec, &run->err) != OK)
        fail_msg("%s: %s", run->err.text, buffer_string(&text));
}

void run_end(struct run *run)
{
    spec_free(run->spec);
    recorder_done(&run->recorder);
    cancel_free(run->cancel);
}

static void fire(struct recorder *r)
{
    cancel_fire(r->context);
}

void run_stop_at(struct run *run, struct told when)
{
    run->recorder.when = when;
    run->recorder.act = fire;
    run->recorder.context = run->cancel;
}

void run_go(struct run *run)
{
    const struct export_options options = {
        .spec = run->spec,
        .threads = 2,
        .listener = &run->recorder.listener,
        .cancel = run->cancel,
    };
    run->status = export_run(&options, &run->result, &run->err);
    run->ended_ns = clock_now_ns();
    assert_int_equal(run->status, run->status == OK ? OK : run->err.status);
    recorder_check(&run->recorder);
}

void run_succeed(struct run *run)
{
    run_go(run);
    if (run->status != OK)
        fail_msg("%s", run->err.text);
}

void run_make_film(struct run *run)
{
    uint64_t bytes = 0;
    run_succeed(run);
    assert_int_equal(object_size(NULL, "film.mp4", 0, NULL, &bytes, &run->err), OK);
    assert_int_equal(bytes, run->result.bytes);
    assert_int_equal(folder_entries(), 1);
    assert_int_equal(unlink("film.mp4"), 0);
}

void run_fail(struct run *run, enum status status, const char *words)
{
    run_go(run);
    assert_int_equal(run->status, status);
    if (!strstr(run->err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", run->err.text, words);
    assert_int_equal(folder_entries(), 0);
}

void run_until_stopped(struct run *run)
{
    run_go(run);
    assert_int_equal(run->status, ERR_CANCELLED);
    assert_true(run->recorder.acted_ns > 0);
    assert_true(run->ended_ns - run->recorder.acted_ns < in_time_ns);
    assert_int_equal(folder_entries(), 0);
}
