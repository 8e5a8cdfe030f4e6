// SPDX-License-Identifier: GPL-3.0-or-later
// analyze.c — `headway analyze`: what the records of finished exports say, from logs and histories.
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report_html.h"
#include "analysis/report_json.h"
#include "analysis/report_text.h"
#include "cli/command.h"
#include "history/place.h"
#include "history/records.h"
#include "storage/sink.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/log.h"

enum { MAX_FILES = 1024, MAX_OUTPUT = 64 * 1024 * 1024 };
enum { KEY_JSON = 'j', KEY_HISTORY = 0x2000, KEY_WRITE, KEY_WEIGHTS, KEY_HTML };

struct arguments {
    const char *files[MAX_FILES];
    int file_count;
    const char *history_path;
    const char *write_path;
    const char *weights_path;
    const char *html_path;
    bool json;
};

static const struct argp_option options[] = {
    {"history", KEY_HISTORY, "FILE", 0, "Take the records of this history as well", 0},
    {"json", KEY_JSON, NULL, 0, "Print one JSON object instead of tables", 0},
    {"write", KEY_WRITE, "FILE", 0, "Write the weights, with date and sample sizes, to this file",
     0},
    {"html", KEY_HTML, "FILE", 0, "Write a page with plots to this file", 0},
    {"weights", KEY_WEIGHTS, "FILE", 0,
     "The weights of the system that made the logs, to find out whether its times are only those",
     0},
    {0},
};

// Where an option's text goes; NULL for one that has none.
static const char **place_of(struct arguments *a, int key)
{
    switch (key) {
    case KEY_HISTORY:
        return &a->history_path;
    case KEY_WRITE:
        return &a->write_path;
    case KEY_HTML:
        return &a->html_path;
    case KEY_WEIGHTS:
        return &a->weights_path;
    default:
        return NULL;
    }
}

// NOLINTNEXTLINE(readability-non-const-parameter): the type is argp's
static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    const char **place = place_of(a, key);
    if (place) {
        *place = argument;
        return 0;
    }
    switch (key) {
    case KEY_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file_count == MAX_FILES)
            argp_error(state, "at most %d files", MAX_FILES);
        a->files[a->file_count++] = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct argp argp = {
        .options = options,
        .parser = take_option,
        .args_doc = "[FILE...]",
        .doc = "Say where the time of exports goes, and what not to believe: from the "
               "BENCHMARK_DATA lines of logs (- for standard input). Without a FILE or --history, "
               "from your own history.\v"
               "Example: headway analyze --html report.html worker.log",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

// ---- input ----

static enum status read_log(struct samples *samples, const char *path, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char chunk[65536];
    ssize_t n = 0;
    if (fd < 0)
        return error_set_errno(err, errno, "open %s", name);
    samples_begin(samples, name);
    do {
        n = read(fd, chunk, sizeof(chunk));
        if (n > 0)
            samples_bytes(samples, chunk, (size_t)n);
    } while (n > 0 || (n < 0 && errno == EINTR));
    samples_end(samples);
    enum status status = n < 0 ? error_set_errno(err, errno, "read %s", name) : OK;
    if (!standard)
        (void)close(fd);
    return status;
}

static void take_record(void *context, int64_t id, const struct benchmark *b)
{
    (void)id;
    samples_add(context, b);
}

static enum status read_history(struct samples *samples, const char *path, struct error *err)
{
    struct db *db AUTO(db_free) = NULL;
    enum status status = db_open(&(struct db_options){.path = path, .must_exist = true}, &db, err);
    if (status == OK)
        status = records_each(db, 0, take_record, samples, err);
    return status == OK ? records_refused(db, samples->refused, err) : status;
}

static enum status read_all(const struct arguments *a, struct samples *samples, struct error *err)
{
    char *own AUTO(mem_free) = NULL;
    enum status status = OK;
    for (int i = 0; i < a->file_count && status == OK; i++)
        status = read_log(samples, a->files[i], err);
    if (status == OK && a->history_path)
        status = read_history(samples, a->history_path, err);
    if (status != OK || a->file_count > 0 || a->history_path)
        return status;
    status = place_history(&own, err);
    return status == OK ? read_history(samples, own, err) : status;
}

static enum status read_weights(const char *path, struct weights_file *ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, WEIGHTS_FILE_MAX_BYTES);
    if (file_read(path, &text, err) != OK)
        return err->status;
    if (weights_file_parse(buffer_string(&text), text.size, ret, err) != OK)
        return error_wrap(err, "%s", path);
    return OK;
}

// ---- output ----

static enum status write_whole(const char *path, const struct buffer *text, struct error *err)
{
    struct storage *storage AUTO(storage_free) = NULL;
    struct sink *sink AUTO(sink_free) = NULL;
    uint64_t size;
    enum status status = storage_new(NULL, &storage, err);
    if (status == OK)
        status = sink_open(storage, path, NULL, &sink, err);
    if (status != OK)
        return status;
    struct byte_sink *door = sink_bytes(sink);
    status = door->write_at(door, 0, text->data, text->size, err);
    return status == OK ? sink_commit(sink, &size, err) : status;
}

static enum status write_weights(const struct analysis *a, const char *path, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, WEIGHTS_FILE_MAX_BYTES);
    uint64_t samples = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        samples += a->weights.samples[type];
    if (samples == 0)
        return error_set(err, ERR_INVALID,
                         "%s is not written: no record is fit to make weights of; expected some "
                         "with \"src\":\"worker\" whose times are not circular",
                         path);
    weights_file_write(&a->weights, &text);
    return write_whole(path, &text, err);
}

static enum status write_page(const struct analysis *a, const char *path, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MAX_OUTPUT);
    report_html(a, &text);
    if (text.overflow)
        return error_set(err, ERR_LIMIT, "%s would be larger than a page should be", path);
    return write_whole(path, &text, err);
}

static enum status print(const struct arguments *arguments, const struct analysis *a,
                         struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MAX_OUTPUT);
    if (arguments->json) {
        report_json(a, &text);
        buffer_text(&text, "\n");
    } else {
        report_text(a, &text);
    }
    return file_write_fd(STDOUT_FILENO, "standard output", text.data, text.size, err);
}

static enum status analyze(const struct arguments *arguments, struct samples *samples,
                           struct analysis *analysis, struct error *err)
{
    struct weights_file theirs;
    const struct named_weights sets[] = {{arguments->weights_path, &theirs.set}};
    if (arguments->weights_path && read_weights(arguments->weights_path, &theirs, err) != OK)
        return err->status;
    if (read_all(arguments, samples, err) != OK)
        return err->status;
    samples_finish(samples);
    analysis_make(samples, sets, arguments->weights_path ? 1 : 0, clock_wall_ms(), analysis);
    if (print(arguments, analysis, err) != OK)
        return err->status;
    if (samples->count == 0)
        return error_set(err, ERR_INVALID,
                         "there is no record to analyse; expected lines with %s {json}",
                         BENCHMARK_MARKER);
    if (arguments->html_path && write_page(analysis, arguments->html_path, err) != OK)
        return err->status;
    return arguments->write_path ? write_weights(analysis, arguments->write_path, err) : OK;
}

int command_analyze(int argc, char **argv)
{
    struct arguments *arguments = mem_new(struct arguments);
    struct analysis *analysis = mem_new(struct analysis);
    struct samples samples;
    struct error err = {0};
    parse_arguments(argc, argv, arguments);
    samples_init(&samples);
    enum status status = analyze(arguments, &samples, analysis, &err);
    if (status != OK)
        log_line(LOG_ERROR, "%s", err.text);
    samples_done(&samples);
    free(analysis);
    free(arguments);
    return status_info(status)->exit_code;
}
