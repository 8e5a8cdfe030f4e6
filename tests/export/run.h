// SPDX-License-Identifier: GPL-3.0-or-later
// run.h — one whole export in this process, through export_run(): begun, gone through, looked at.
//
// Usage: run_begin(), perhaps run_stop_at(), run_go() or one of those that say how it must end,
// run_end(). The tests run in a folder of their own (storage/folder.h); outputs lie in it.
#pragma once

#include "base/memory.h"
#include "export/export.h"
#include "recorder.h"

struct run {
    struct recorder recorder;
    struct cancel *cancel;
    struct spec *spec;
    struct export_result result;
    struct error err;
    enum status status;
    int64_t ended_ns; // when export_run() came back
};

// `fields` (printf-like) stands behind the type: "\"input\":\"%s\",\"output\":\"film.mp4\"". Fails
// the test when the spec is refused.
void run_begin(struct run *run, const char *type, const char *fields, ...) PRINTF_LIKE(3, 4);
void run_end(struct run *run);
// Everything is to stop when that is told.
void run_stop_at(struct run *run, struct told when);

// To its end, whatever that is; facts are checked by recorder_check().
void run_go(struct run *run);
// It must succeed, or the test fails with what was said.
void run_succeed(struct run *run);
// The same, and the folder then holds film.mp4 alone, as large as was said; it is removed.
void run_make_film(struct run *run);
// It must fail like this, saying `words`, and leave the folder empty.
void run_fail(struct run *run, enum status status, const char *words);
// It must stop when run_stop_at() said, within a second (ten under a sanitizer), and leave the
// folder empty.
void run_until_stopped(struct run *run);
