// SPDX-License-Identifier: GPL-3.0-or-later
// fake_worker.c — see fake_worker.h.
#include "fake_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "job/event.h"
#include "job/spec.h"
#include "storage/sink.h"
#include "sys/cancel.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/signal_watch.h"

struct fake {
    const char *job;
    uint32_t attempt;
    uint64_t seq;
    struct cancel *cancel;
};

static const char *const names[FAKE_KIND_COUNT] = {
    [FAKE_USUAL] = "usual", [FAKE_MUTE] = "mute", [FAKE_COARSE] = "coarse", [FAKE_TORN] = "torn"};

const char *fake_name(enum fake_kind kind)
{
    return names[kind];
}

static void say(struct fake *f, struct event event)
{
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, EVENT_MAX_LINE);
    (void)text_copy(event.job, sizeof(event.job), f->job);
    event.attempt = f->attempt;
    event.seq = f->seq++;
    event.t_ms = (int64_t)f->seq * FAKE_STEP_MS;
    if (event_write(&event, &line, NULL) == OK)
        (void)!file_write_fd(STDOUT_FILENO, "lines", line.data, line.size, NULL);
}

static void say_begin(struct fake *f)
{
    struct event hello = {.kind = EVENT_HELLO};
    struct event plan = {.kind = EVENT_PLAN, .plan.has_plan = true};
    strcpy(hello.plan.worker, "fake");
    plan.plan.plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = FAKE_STEPS};
    say(f, hello);
    say(f, plan);
    say(f,
        (struct event){.kind = EVENT_BEGIN, .phase = {.has_phase = true, .phase = PHASE_UPSCALE}});
}

static void say_count(struct fake *f, uint64_t done)
{
    say(f, (struct event){.kind = EVENT_PROGRESS,
                          .progress = {.has_phase = true,
                                       .phase = PHASE_UPSCALE,
                                       .done_units = done,
                                       .has_total = true,
                                       .total_units = FAKE_STEPS}});
}

static int say_error(struct fake *f, enum status code, const char *text)
{
    struct event event = {.kind = EVENT_ERROR, .error.code = code};
    (void)text_copy(event.error.text, sizeof(event.error.text), text);
    say(f, event);
    return status_info(code)->exit_code;
}

// In "made.txt", with one write.
static void note(const struct fake *f)
{
    char line[128];
    int fd = open("made.txt", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int n = snprintf(line, sizeof(line), "%s %u %lld\n", f->job, f->attempt,
                     (long long)clock_wall_ms());
    (void)!file_write_fd(fd, "made.txt", line, (size_t)n, NULL);
    (void)close(fd);
}

static int make_output(struct fake *f, const char *output)
{
    static char bytes[FAKE_BYTES];
    struct sink *sink AUTO(sink_free) = NULL;
    struct error err = {0};
    uint64_t size = 0;
    if (sink_open(NULL, output, NULL, &sink, &err) != OK ||
        sink_bytes(sink)->write_at(sink_bytes(sink), 0, bytes, sizeof(bytes), &err) != OK ||
        sink_commit(sink, &size, &err) != OK)
        return say_error(f, err.status, err.text);
    note(f);
    struct event event = {.kind = EVENT_RESULT,
                          .result = {.bytes = size, .frames = FAKE_STEPS, .duration_s = 1}};
    (void)text_copy(event.result.output, sizeof(event.result.output), output);
    say(f, event);
    return 0;
}

static int work(struct fake *f, enum fake_kind kind, const char *output)
{
    if (kind == FAKE_USUAL || kind == FAKE_COARSE)
        say_begin(f);
    for (uint64_t i = 1; i <= FAKE_STEPS; i++) {
        struct pollfd stop = {.fd = cancel_fd(f->cancel), .events = POLLIN};
        if (poll(&stop, 1, FAKE_STEP_MS) > 0)
            return say_error(f, ERR_CANCELLED, "cancelled");
        if (kind == FAKE_USUAL || (kind == FAKE_COARSE && i == FAKE_STEPS / 2))
            say_count(f, i);
    }
    if (kind == FAKE_TORN)
        return say_error(f, ERR_MEDIA, "the film is torn");
    return make_output(f, output);
}

int fake_worker(int argc, char **argv)
{
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(cancel);
    struct fake f = {.cancel = cancel};
    struct buffer text BUFFER_AUTO;
    struct spec *spec AUTO(spec_free) = NULL;
    struct error err = {0};
    enum fake_kind kind = FAKE_USUAL;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--job") == 0)
            f.job = argv[i + 1];
        if (strcmp(argv[i], "--attempt") == 0)
            f.attempt = (uint32_t)atoi(argv[i + 1]);
    }
    buffer_init(&text, SPEC_MAX_TEXT_BYTES);
    if (file_read_fd(STDIN_FILENO, "the spec", cancel, &text, &err) != OK ||
        spec_parse(buffer_string(&text), text.size, &spec, &err) != OK)
        return say_error(&f, err.status, err.text);
    for (int i = 0; i < FAKE_KIND_COUNT; i++) {
        if (strstr(spec->input, names[i]))
            kind = (enum fake_kind)i;
    }
    return work(&f, kind, spec->output);
}
