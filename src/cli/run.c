// SPDX-License-Identifier: GPL-3.0-or-later
// run.c — `headway run TYPE`: one export here, in a worker process, with a bar.
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/bar.h"
#include "cli/command.h"
#include "cli/honesty.h"
#include "cli/learning.h"
#include "cli/spec_flags.h"
#include "cli/store_flags.h"
#include "cli/summary.h"
#include "dispatch/local_job.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/signal_watch.h"

enum {
    KEY_JSON = 'j',
    KEY_SPEC = 's',
    KEY_MODEL_DIR = 0x2000,
    KEY_THREADS,
    KEY_TRACE,
    KEY_HISTORY,
    KEY_NO_HISTORY,
    STEP_MS = 100
};
#define JSON_STEP_NS INT64_C(100000000)

struct arguments {
    const char *type; // NULL: the spec says it
    const char *spec_path;
    const char *model_dir;
    const char *trace_path;
    const char *history_path;
    bool no_history;
    int threads;
    bool json;
    struct spec_flags flags;
};

// What the loop works with.
struct show {
    const struct arguments *arguments;
    struct local_job *job;
    struct bar bar;
    struct honesty honesty;
    int64_t submitted_ns;
    int64_t complete_ns; // when "complete" was first seen; 0 before
    int64_t json_ns;     // of the last snapshot printed; 0 before
    enum job_state json_state;
    int trace_fd; // -1 when nobody wants a trace
};

// ---- command line ----

static const struct argp_option own_options[] = {
    {"spec", KEY_SPEC, "FILE", 0,
     "Read the export from a JSON file (- for standard input); flags replace its fields", 0},
    {"json", KEY_JSON, NULL, 0, "Print snapshots of the progress as JSON lines instead of a bar",
     0},
    {"model-dir", KEY_MODEL_DIR, "DIR", 0,
     "Where the networks are (default: $HEADWAY_MODEL_DIR, then assets/models)", 0},
    {"threads", KEY_THREADS, "N", 0, "How many processors to use (default: all)", 0},
    {"trace", KEY_TRACE, "FILE", 0,
     "Append what happens, as a trace that `headway replay` reads, to this file", 0},
    {"history", KEY_HISTORY, "FILE", 0,
     "Where what is learned from exports is kept (default: headway/history.db in "
     "$XDG_STATE_HOME, else in ~/.local/state)",
     0},
    {"no-history", KEY_NO_HISTORY, NULL, 0, "Neither use nor keep what is learned", 0},
};
enum { OWN_OPTIONS = sizeof(own_options) / sizeof(own_options[0]) };

static error_t take_type(struct arguments *a, const char *text, struct argp_state *state)
{
    enum export_type type;
    if (a->type)
        argp_error(state, "one TYPE at a time: %s, %s", a->type, text);
    if (!export_type_from_name(text, &type))
        argp_error(state, "unknown export type %s", text);
    a->type = text;
    return 0;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    char *end = NULL;
    switch (key) {
    case KEY_JSON:
        a->json = true;
        return 0;
    case KEY_SPEC:
        a->spec_path = argument;
        return 0;
    case KEY_MODEL_DIR:
        a->model_dir = argument;
        return 0;
    case KEY_TRACE:
        a->trace_path = argument;
        return 0;
    case KEY_HISTORY:
        a->history_path = argument;
        return 0;
    case KEY_NO_HISTORY:
        a->no_history = true;
        return 0;
    case KEY_THREADS: {
        long threads = strtol(argument, &end, 10);
        if (*end != '\0' || threads < 1 || threads > 1024)
            argp_error(state, "--threads: expected a number from 1 to 1024, got %s", argument);
        a->threads = (int)threads;
        return 0;
    }
    case ARGP_KEY_ARG:
        return take_type(a, argument, state);
    case ARGP_KEY_END:
        if (!a->type && !a->spec_path)
            argp_error(state, "say what to run: a TYPE such as framing_ai, or --spec FILE");
        return 0;
    default:
        return spec_flags_take(&a->flags, key, argument) || store_flags_take(key, argument)
                   ? 0
                   : ARGP_ERR_UNKNOWN;
    }
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    struct argp_option options[OWN_OPTIONS + SPEC_FLAG_COUNT + STORAGE_SETTING_COUNT + 1] = {0};
    memcpy(options, own_options, sizeof(own_options));
    spec_flags_options(options + OWN_OPTIONS);
    (void)store_flags_options(options + OWN_OPTIONS + SPEC_FLAG_COUNT);
    const struct argp argp = {
        .options = options,
        .parser = take_option,
        .args_doc = "[TYPE]",
        .doc = "Run one export on this machine and show how far it is.\v"
               "Example: headway run framing_ai --input game.mp4 --output reel.mp4 --trim 10,14 "
               "--crop 582,138,216,384",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

// ---- spec ----

static enum status read_spec(const struct arguments *a, struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, (size_t)2 * SPEC_MAX_TEXT_BYTES);
    enum status status = spec_flags_read(&a->flags, a->type, a->spec_path, &text, err);
    if (status != OK)
        return status;
    status = spec_parse(buffer_string(&text), text.size, ret, err);
    if (status != OK && a->spec_path)
        return error_wrap(err, "%s", spec_flags_source(a->spec_path));
    return status;
}

// ---- showing ----

static void print_json(struct show *show, const struct job_snapshot *s, int64_t now_ns)
{
    bool due = show->json_ns == 0 || now_ns - show->json_ns >= JSON_STEP_NS;
    if (!due && s->state == show->json_state && !local_job_ended(show->job))
        return;
    show->json_ns = now_ns;
    show->json_state = s->state;
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(s, &line);
    buffer_text(&line, "\n");
    // A reader that went away has seen enough: the export goes on.
    ssize_t written = write(STDOUT_FILENO, buffer_string(&line), line.size);
    (void)written;
}

static void print_bar(struct show *show, const struct job_snapshot *s, int64_t now_ns)
{
    char eta[SNAPSHOT_ETA_TEXT + 8] = "";
    if (s->eta_text[0] != '\0' && !job_state_terminal(s->state))
        (void)snprintf(eta, sizeof(eta), "%s left", s->eta_text);
    const struct bar_view view = {
        .snapshot = &s->progress,
        .message = s->message,
        .eta = eta,
        .notice = "",
    };
    bar_show(&show->bar, &view, now_ns);
}

static void show_step(struct show *show, int64_t now_ns)
{
    const struct job_snapshot *s = local_job_snapshot(show->job);
    if (s->state == JOB_COMPLETE && show->complete_ns == 0)
        show->complete_ns = now_ns;
    if (show->complete_ns == 0)
        honesty_add(&show->honesty, now_ns - show->submitted_ns, s->progress.fraction);
    if (show->arguments->json)
        print_json(show, s, now_ns);
    else
        print_bar(show, s, now_ns);
}

static void print_summary(struct show *show)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 16384);
    const struct terminal terminal = terminal_look(STDERR_FILENO);
    const struct summary summary = {
        .snapshot = local_job_snapshot(show->job),
        .timings = local_job_timings(show->job),
        .honesty = &show->honesty,
        .total_ns = show->complete_ns - show->submitted_ns,
    };
    summary_render(&summary, &terminal, &text);
    (void)!file_write_fd(STDERR_FILENO, "standard error", text.data, text.size, NULL);
}

// What the worker logs stands above the bar. Its record of the export is for programs: in a
// terminal it is shown only to those who want to know more.
static void on_log(void *context, const char *line)
{
    struct show *show = context;
    bool record = text_starts(line, "BENCHMARK_DATA: ");
    if (record && terminal_look(STDERR_FILENO).interactive && !log_wants(LOG_INFO))
        return;
    if (!show->arguments->json)
        bar_clear(&show->bar);
    log_record(line);
}

// A trace that cannot be written any more is given up, not the export.
static void on_trace(void *context, const struct trace_line *line)
{
    struct show *show = context;
    struct error err = {0};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, TRACE_MAX_LINE);
    if (show->trace_fd < 0)
        return;
    enum status status = trace_line_write(line, &text, &err);
    if (status == OK)
        status = file_write_fd(show->trace_fd, show->arguments->trace_path, text.data, text.size,
                               &err);
    if (status == OK)
        return;
    log_line(LOG_WARN, "the trace ends here: %s", err.text);
    (void)close(show->trace_fd);
    show->trace_fd = -1;
}

static enum status open_trace(struct show *show, struct error *err)
{
    const char *path = show->arguments->trace_path;
    show->trace_fd = -1;
    if (!path)
        return OK;
    show->trace_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    return show->trace_fd < 0 ? error_set_errno(err, errno, "--trace %s", path) : OK;
}

static void close_trace(struct show *show)
{
    if (show->trace_fd >= 0)
        (void)close(show->trace_fd);
}

// What the export found out (people in a picture, where a clip was cut) is data: standard output.
static void print_data(const struct job_snapshot *s)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, sizeof(s->result.data) + 1);
    if (s->result.data[0] == '\0')
        return;
    buffer_printf(&text, "%s\n", s->result.data);
    (void)!file_write_fd(STDOUT_FILENO, "standard output", text.data, text.size, NULL);
}

// ---- the loop ----

// A person sees the bar glide to its end; a program need not wait for that.
static void skip_glide(struct show *show, int64_t now_ns)
{
    bool watched = !show->arguments->json && terminal_look(STDERR_FILENO).interactive;
    if (watched || local_job_snapshot(show->job)->state != JOB_COMPLETE)
        return;
    local_job_step(show->job, now_ns + TRACKER_GLIDE_NS);
    show_step(show, now_ns);
}

static void run_loop(struct show *show, struct cancel *cancel)
{
    int64_t now_ns = clock_now_ns();
    show_step(show, now_ns);
    while (!local_job_ended(show->job)) {
        struct pollfd fds[] = {
            {.fd = local_job_fd(show->job), .events = POLLIN},
            {.fd = cancel_fired(cancel) ? -1 : cancel_fd(cancel), .events = POLLIN},
        };
        (void)poll(fds, 2, STEP_MS);
        now_ns = clock_now_ns();
        if (cancel_fired(cancel))
            local_job_cancel(show->job, now_ns);
        local_job_step(show->job, now_ns);
        show_step(show, now_ns);
        skip_glide(show, now_ns);
    }
}

static int report_error(const struct error *err)
{
    log_line(LOG_ERROR, "%s", err->text);
    if (err->detail[0] != '\0')
        log_line(LOG_DEBUG, "%s", err->detail);
    return status_info(err->status)->exit_code;
}

static void learn(struct learning *learning, const struct local_job *job)
{
    struct benchmark record;
    local_job_record(job, &record);
    learning_end(learning, &record);
}

static enum status run(const struct arguments *a, const struct spec *spec, int64_t submitted_ns,
                       struct error *err)
{
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(cancel);
    struct storage *storage AUTO(storage_free) = NULL;
    struct learning learning LEARNING_AUTO;
    struct local_job *job AUTO(local_job_free) = NULL;
    struct show show = {.arguments = a, .submitted_ns = submitted_ns};
    char id[32];
    if (storage_new(NULL, &storage, err) != OK)
        return err->status;
    (void)snprintf(id, sizeof(id), "run-%ld", (long)getpid());
    learning_begin(&learning, a->history_path, a->no_history);
    const struct local_job_options options = {
        .program = "/proc/self/exe",
        .id = id,
        .spec = spec,
        .model = learning.model,
        .known = &learning.known,
        .storage = storage,
        .model_dir = a->model_dir,
        .threads = a->threads,
        .submitted_ns = submitted_ns,
        .on_log = on_log,
        .on_trace = on_trace,
        .context = &show,
    };
    bar_init(&show.bar, STDERR_FILENO);
    enum status status = open_trace(&show, err);
    if (status == OK)
        status = local_job_start(&options, &job, err);
    if (status != OK) {
        close_trace(&show);
        return status;
    }
    show.job = job;
    run_loop(&show, cancel);
    const struct error *end = local_job_error(job);
    if (!a->json)
        bar_clear(&show.bar);
    if (end->status == OK)
        learn(&learning, job);
    if (end->status == OK && !a->json) {
        print_summary(&show);
        print_data(local_job_snapshot(job));
    }
    honesty_done(&show.honesty);
    close_trace(&show);
    *err = *end;
    return end->status;
}

int command_run(int argc, char **argv)
{
    int64_t submitted_ns = clock_now_ns();
    struct arguments arguments = {0};
    parse_arguments(argc, argv, &arguments);
    struct spec *spec AUTO(spec_free) = NULL;
    struct error err = {0};
    if (read_spec(&arguments, &spec, &err) != OK)
        return report_error(&err);
    if (run(&arguments, spec, submitted_ns, &err) != OK)
        return report_error(&err);
    return 0;
}
