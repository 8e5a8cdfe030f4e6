// SPDX-License-Identifier: GPL-3.0-or-later
// score.c — `headway score TRACE…`: how honest the bar was on recorded jobs, and the other bars.
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/corpus.h"
#include "cli/replay.h"
#include "cli/score_cost.h"
#include "job/score_table.h"
#include "sys/file.h"
#include "sys/log.h"

enum { KEY_LEARN = 'l', KEY_LINES = 0x2000, KEY_FIRST, KEY_COST, KEY_JSON = 'j', KEY_HZ = 'r' };
enum { MAX_LEARN = 1000000, MAX_LEVELS = 16 };

struct arguments {
    size_t learn[MAX_LEVELS];
    size_t level_count;
    size_t first;
    int64_t every_ns;
    bool json; // instead of tables
    bool cost;
    const char *json_path;
    int json_fd; // open when there is a path
    char **lines;
    size_t line_count;
    char **traces;
    size_t trace_count;
};

static const struct argp_option options[] = {
    {"corpus", 'c', "DIR", 0, "Traces of this folder, as if it stood among the TRACEs", 0},
    {"learn", KEY_LEARN, "N[,N...]", 0,
     "Learn the N jobs that ended last before each that is judged (default: 0,5,100, as far as "
     "there are jobs)",
     0},
    {"first", KEY_FIRST, "N", 0,
     "Judge from the Nth job on, counted from 0, and where the most that is learnt had ended "
     "(default: 0)",
     0},
    {"lines", KEY_LINES, "FILE", 0,
     "Judge these lines of `headway replay`, or of any other program, instead; may be given "
     "several times",
     0},
    {"cost", KEY_COST, NULL, 0,
     "Also measure what it costs on this machine: these figures are not the same twice", 0},
    {"json", KEY_JSON, "FILE", OPTION_ARG_OPTIONAL,
     "Print one JSON object a line instead of tables; with FILE, write them there beside the "
     "tables",
     0},
    {"hz", KEY_HZ, "RATE", 0, "Samples a second: 10 / n for a whole n (default: 2)", 0},
    {0},
};

// ---- command line ----

static size_t take_count(const char *flag, char *text, char **ret_end, struct argp_state *state)
{
    char *end = NULL;
    long count = strtol(text, &end, 10);
    if (end == text || count < 0 || count > MAX_LEARN ||
        (*end != '\0' && (!ret_end || *end != ',')))
        argp_error(state, "%s: expected a number from 0 to %d, got %s", flag, MAX_LEARN, text);
    if (ret_end)
        *ret_end = *end == ',' ? end + 1 : NULL;
    return (size_t)count;
}

static void take_levels(struct arguments *a, char *text, struct argp_state *state)
{
    while (text) {
        if (a->level_count == MAX_LEVELS)
            argp_error(state, "--learn: at most %d numbers", MAX_LEVELS);
        a->learn[a->level_count++] = take_count("--learn", text, &text, state);
    }
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case KEY_LEARN:
        take_levels(a, argument, state);
        return 0;
    case KEY_FIRST:
        a->first = take_count("--first", argument, NULL, state);
        return 0;
    case KEY_LINES:
        a->lines[a->line_count++] = argument;
        return 0;
    case KEY_COST:
        a->cost = true;
        return 0;
    case KEY_JSON:
        a->json = !argument;
        a->json_path = argument;
        return 0;
    case KEY_HZ:
        a->every_ns = replay_every_ns(argument, state);
        return 0;
    case 'c':
    case ARGP_KEY_ARG:
        a->traces[a->trace_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->trace_count == 0)
            argp_error(state, "say what to judge by: a file of traces, a folder of them, or -");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = take_option,
    .args_doc = "TRACE...",
    .doc = "Replay recorded jobs in the order in which they were submitted, under the tracker and "
           "under the usual ways to show progress, and tell how honest each was."
           "\vBefore each job the same number of jobs is learnt, of those that had ended when it "
           "was submitted. docs/accuracy-method.md tells what the metrics mean.",
};

// ---- the work ----

// The tables for people, or the lines for programs, or both in two places.
static enum status put(const struct arguments *a, const struct buffer *text,
                       const struct buffer *json, struct error *err)
{
    enum status status = OK;
    if (a->json_path)
        status = file_write_fd(a->json_fd, a->json_path, json->data, json->size, err);
    if (status != OK)
        return status;
    const struct buffer *said = a->json ? json : text;
    return file_write_fd(STDOUT_FILENO, "standard output", said->data, said->size, err);
}

static enum status print(const struct arguments *a, const struct score_section *section,
                         struct error *err)
{
    struct buffer text BUFFER_AUTO;
    struct buffer json BUFFER_AUTO;
    buffer_init(&text, CORPUS_MAX_BYTES);
    buffer_init(&json, CORPUS_MAX_BYTES);
    if (a->json || a->json_path)
        score_write_json(section, &json);
    if (!a->json) {
        score_write_text(section, &text);
        buffer_text(&text, "\n");
    }
    return put(a, &text, &json, err);
}

static enum status print_cost(const struct arguments *a, const struct corpus *corpus,
                              struct error *err)
{
    struct score_cost cost;
    struct buffer text BUFFER_AUTO;
    struct buffer json BUFFER_AUTO;
    buffer_init(&text, 4096);
    buffer_init(&json, 4096);
    enum status status = score_cost_measure(corpus, &cost, err);
    if (status != OK)
        return status;
    score_cost_text(&cost, &text);
    score_cost_json(&cost, &json);
    return put(a, &text, &json, err);
}

static enum status score_lines(const struct arguments *a, const struct corpus *corpus,
                               const char *path, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    struct trial trial = {0};
    buffer_init(&text, CORPUS_MAX_BYTES);
    enum status status = file_read(path, &text, err);
    if (status != OK)
        return status;
    status = trial_lines(corpus->traces, corpus->count, buffer_string(&text), text.size, &trial,
                         err);
    if (status != OK) {
        trial_done(&trial);
        return error_wrap(err, "%s", path);
    }
    const struct score_section section = {
        .title = path, .learn = 0, .trial = &trial, .alone = path};
    status = print(a, &section, err);
    trial_done(&trial);
    return status;
}

static enum status score_level(const struct arguments *a, const struct corpus *corpus, size_t learn,
                               size_t most, struct error *err)
{
    char title[64];
    struct trial trial;
    const struct trial_options wanted = {
        .learn = learn, .least = most, .every_ns = a->every_ns, .first = a->first};
    (void)snprintf(title, sizeof(title), "%zu jobs learnt", learn);
    enum status status = trial_hold(corpus->traces, corpus->count, &wanted, &trial, err);
    const struct score_section section = {
        .title = title, .learn = learn, .least = most, .trial = &trial};
    if (status == OK)
        status = print(a, &section, err);
    trial_done(&trial);
    return status;
}

static enum status score_levels(struct arguments *a, const struct corpus *corpus, struct error *err)
{
    static const size_t usual[] = {0, 5, 100};
    for (size_t i = 0; a->level_count == 0 && i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (usual[i] < corpus->count)
            a->learn[i] = usual[i];
        if (i + 1 == sizeof(usual) / sizeof(usual[0]) || usual[i + 1] >= corpus->count)
            a->level_count = i + 1;
    }
    size_t most = 0;
    for (size_t i = 0; i < a->level_count; i++)
        most = a->learn[i] > most ? a->learn[i] : most;
    size_t begin = a->first > most ? a->first : most;
    if (begin >= corpus->count)
        return error_set(err, ERR_INVALID,
                         "nothing is left to judge: %zu traces, and judging begins behind %zu",
                         corpus->count, begin);
    enum status status = OK;
    for (size_t i = 0; i < a->level_count && status == OK; i++)
        status = score_level(a, corpus, a->learn[i], most, err);
    return status;
}

static enum status score(struct arguments *a, struct error *err)
{
    struct corpus corpus CORPUS_AUTO;
    enum status status = OK;
    if (a->json_path)
        a->json_fd = open(a->json_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (a->json_path && a->json_fd < 0)
        return error_set_errno(err, errno, "--json=%s", a->json_path);
    for (size_t i = 0; i < a->trace_count && status == OK; i++)
        status = corpus_add(&corpus, a->traces[i], err);
    if (status != OK)
        return status;
    if (corpus.count == 0)
        return error_set(err, ERR_INVALID, "%s: expected a trace, but it is empty", a->traces[0]);
    corpus_sort(&corpus);
    for (size_t i = 0; i < a->line_count && status == OK; i++)
        status = score_lines(a, &corpus, a->lines[i], err);
    if (status == OK && a->line_count == 0)
        status = score_levels(a, &corpus, err);
    return status == OK && a->cost ? print_cost(a, &corpus, err) : status;
}

int command_score(int argc, char **argv)
{
    char **files AUTO(mem_free) = mem_zeroed(2 * (size_t)argc, sizeof(files[0]));
    struct arguments a = {.every_ns = 5 * REPLAY_STEP_NS, .lines = files, .traces = files + argc};
    struct error err = {0};
    (void)argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (score(&a, &err) == OK)
        return 0;
    log_line(LOG_ERROR, "%s", err.text);
    return status_info(err.status)->exit_code;
}
