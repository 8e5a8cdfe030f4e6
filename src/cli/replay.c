// SPDX-License-Identifier: GPL-3.0-or-later
// replay.c — `headway replay TRACE…`: recorded jobs once more, in no time, as lines of samples.
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/corpus.h"
#include "cli/past.h"
#include "cli/replay.h"
#include "job/panel.h"
#include "sys/file.h"
#include "sys/log.h"

enum { KEY_ESTIMATOR = 'e', KEY_HISTORY = 'H', KEY_HZ = 'r' };

struct arguments {
    int estimator;
    int64_t every_ns;
    char **histories; // NULL-terminated, borrowed from argv
    size_t history_count;
    char **traces;
    size_t trace_count;
};

static const struct argp_option options[] = {
    {"estimator", KEY_ESTIMATOR, "NAME", 0,
     "headway (default), or one to compare with: simulated, first, fixed, frames, passes, "
     "oracle_weights, oracle_total",
     0},
    {"history", KEY_HISTORY, "FILE", 0,
     "Learn from these traces, or from the records in this log, before the first replay; may be "
     "given several times",
     0},
    {"hz", KEY_HZ, "RATE", 0,
     "Samples a second: 10 / n for a whole n, such as 10, 5, 2 (default), 1, 0.5", 0},
    {0},
};

int64_t replay_every_ns(const char *text, struct argp_state *state)
{
    static const double most_hz = 10;
    char *end = NULL;
    double hz = strtod(text, &end);
    double steps = most_hz / hz;
    if (end == text || *end != '\0' || !(hz > 0.001) || hz > most_hz ||
        fabs(steps - round(steps)) > 0.01)
        argp_error(state, "--hz: expected 10 / n for a whole n (10, 5, 2, 1, 0.5 …), got %s", text);
    return llround(steps) * REPLAY_STEP_NS;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case KEY_ESTIMATOR:
        if (!panel_from_name(argument, &a->estimator))
            argp_error(state, "--estimator: there is none called %s", argument);
        return 0;
    case KEY_HISTORY:
        a->histories[a->history_count++] = argument;
        return 0;
    case KEY_HZ:
        a->every_ns = replay_every_ns(argument, state);
        return 0;
    case ARGP_KEY_ARG:
        a->traces[a->trace_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->trace_count == 0)
            argp_error(state, "say what to replay: a file of traces, a folder of them, or -");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = take_option,
    .args_doc = "TRACE...",
    .doc = "Replay recorded jobs in virtual time and print what the bar showed, a line a sample."
           "\vTraces are recorded with `headway run --trace FILE`; docs/protocol.md describes them "
           "and the lines that come out. The same traces give the same lines, byte for byte.",
};

static enum status replay_one(const struct arguments *a, const struct past *past,
                              const struct trace *trace, struct panel *panel, struct error *err)
{
    bool oracle = a->estimator != PANEL_TRACKER &&
                  baseline_is_oracle((enum baseline_kind)(a->estimator - PANEL_FIRST_BASELINE));
    if (oracle && !trace->ended)
        return error_set(err, ERR_INVALID, "trace %s has no end, so %s does not know it",
                         trace->submit.id, panel_name(a->estimator));
    enum status status = panel_replay(panel, trace, past->model, a->every_ns, -1, err);
    if (status != OK)
        return status;
    struct sample *samples AUTO(mem_free) = mem_zeroed(panel->count, sizeof(*samples));
    panel_show(panel, a->estimator, past->fit, samples);
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, panel->count * SAMPLE_MAX_LINE);
    panel_write(panel, trace->submit.id, a->estimator, samples, &text);
    return file_write_fd(STDOUT_FILENO, "standard output", text.data, text.size, err);
}

static enum status replay(const struct arguments *a, struct error *err)
{
    struct past past PAST_AUTO;
    struct corpus corpus CORPUS_AUTO;
    struct panel panel = {0};
    enum status status = OK;
    past_init(&past);
    for (size_t i = 0; i < a->history_count && status == OK; i++)
        status = past_add(&past, a->histories[i], err);
    if (status == OK)
        status = past_learn(&past, err);
    for (size_t i = 0; i < a->trace_count && status == OK; i++)
        status = corpus_add(&corpus, a->traces[i], err);
    if (status == OK && corpus.count == 0)
        status = error_set(err, ERR_INVALID, "%s: expected a trace, but it is empty", a->traces[0]);
    for (size_t i = 0; i < corpus.count && status == OK; i++)
        status = replay_one(a, &past, &corpus.traces[i], &panel, err);
    panel_done(&panel);
    return status;
}

int command_replay(int argc, char **argv)
{
    char **files AUTO(mem_free) = mem_zeroed(2 * (size_t)argc, sizeof(files[0]));
    struct arguments a = {
        .estimator = PANEL_TRACKER,
        .every_ns = 5 * REPLAY_STEP_NS,
        .histories = files,
        .traces = files + argc,
    };
    struct error err = {0};
    (void)argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (replay(&a, &err) == OK)
        return 0;
    log_line(LOG_ERROR, "%s", err.text);
    return status_info(err.status)->exit_code;
}
