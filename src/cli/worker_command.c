// SPDX-License-Identifier: GPL-3.0-or-later
// worker_command.c — `headway worker`: run the job whose spec comes on standard input.
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "job/event.h"
#include "worker/worker.h"

enum { KEY_JOB = 1, KEY_ATTEMPT, KEY_MODEL_DIR, KEY_THREADS };

static const struct argp_option options[] = {
    {"job", KEY_JOB, "ID", 0, "The job's id, said in every line (default: job)", 0},
    {"attempt", KEY_ATTEMPT, "N", 0, "Which attempt this is (default: 1)", 0},
    {"model-dir", KEY_MODEL_DIR, "DIR", 0, "Where the networks are", 0},
    {"threads", KEY_THREADS, "N", 0, "How many processors to use (default: all)", 0},
    {0},
};

static long number(const char *name, const char *text, long min, long max, struct argp_state *state)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < min || value > max)
        argp_error(state, "--%s: expected a number from %ld to %ld, got %s", name, min, max, text);
    return value;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct worker_options *o = state->input;
    switch (key) {
    case KEY_JOB:
        if (strlen(argument) >= EVENT_MAX_NAME)
            argp_error(state, "--job: expected at most %d bytes", EVENT_MAX_NAME - 1);
        o->job = argument;
        return 0;
    case KEY_ATTEMPT:
        o->attempt = (uint32_t)number("attempt", argument, 1, 1000000, state);
        return 0;
    case KEY_MODEL_DIR:
        o->model_dir = argument;
        return 0;
    case KEY_THREADS:
        o->threads = (int)number("threads", argument, 0, 1024, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_worker(int argc, char **argv)
{
    struct worker_options o = {.job = "job", .attempt = 1};
    static const struct argp argp = {
        .options = options,
        .parser = take_option,
        .doc = "Run one job: its spec (JSON) on standard input, its progress as lines of JSON on "
               "standard output.",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &o);
    return worker_run(&o);
}
