// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/past.h"

#include <stdlib.h>
#include <string.h>

#include "job/replay.h"
#include "sys/file.h"
#include "sys/log.h"

void past_init(struct past *past)
{
    *past = (struct past){.model = mem_new(struct model), .fit = mem_new(struct baseline_fit)};
    model_init(past->model);
}

// Takes the records that stand in a log; false when there are none.
static bool take_records(struct past *past, const char *name, const struct buffer *text)
{
    const char *at = buffer_string(text);
    const char *stop = at + text->size;
    size_t found = 0;
    struct error broken = {0};
    while (at < stop) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        size_t n = (size_t)((end ? end : stop) - at);
        struct benchmark benchmark;
        bool marked = benchmark_marked(at, n);
        found += marked;
        if (marked && benchmark_parse_line(at, n, &benchmark, &broken) == OK) {
            past->records = mem_resize(past->records, past->record_count + 1,
                                       sizeof(past->records[0]));
            past->records[past->record_count++] = benchmark.record;
        }
        at += n + 1;
    }
    if (broken.status != OK)
        log_line(LOG_WARN, "%s: not every record could be used: %s", name, broken.text);
    return found > 0;
}

enum status past_add(struct past *past, const char *path, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, CORPUS_MAX_BYTES);
    struct error why = {0};
    if (file_read(path, &text, &why) == OK && take_records(past, path, &text))
        return OK;
    return corpus_add(&past->corpus, path, err);
}

// ---- learning ----

struct lesson {
    int64_t end_ms;
    size_t order; // among those that ended at the same time
    const struct trace *trace;
    const struct record *record; // when it is no trace
};

static int by_end(const void *a, const void *b)
{
    const struct lesson *x = a;
    const struct lesson *y = b;
    if (x->end_ms != y->end_ms)
        return x->end_ms < y->end_ms ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static enum status learn_one(struct past *past, const struct lesson *lesson, double idle_s,
                             struct error *err)
{
    struct benchmark benchmark = {0};
    if (lesson->record) {
        benchmark.record = *lesson->record;
    } else if (lesson->trace && lesson->trace->ended) {
        const struct replay_options options = {
            .model = past->model, .every_ns = REPLAY_STEP_NS, .idle_s = idle_s};
        enum status status = replay_run(lesson->trace, &options, &benchmark, err);
        if (status != OK)
            return status;
    } else {
        return OK; // censored
    }
    (void)model_learn(past->model, &benchmark.record);
    baseline_learn(past->fit, &benchmark.record);
    return OK;
}

static size_t gather(const struct past *past, struct lesson *lessons)
{
    size_t count = 0;
    for (size_t i = 0; i < past->corpus.count; i++) {
        const struct trace *trace = &past->corpus.traces[i];
        int64_t end_ms = (int64_t)trace->submit.submitted_at_ms + trace_last_ns(trace) / 1000000;
        lessons[count] = (struct lesson){end_ms, count, trace, NULL};
        count++;
    }
    for (size_t i = 0; i < past->record_count; i++) {
        const struct record *record = &past->records[i];
        lessons[count] = (struct lesson){record->at_ms, count, NULL, record};
        count++;
    }
    return count;
}

enum status past_learn(struct past *past, struct error *err)
{
    size_t most = past->corpus.count + past->record_count;
    struct lesson *lessons AUTO(mem_free) = mem_zeroed(most, sizeof(lessons[0]));
    enum status status = OK;
    corpus_sort(&past->corpus);
    size_t count = gather(past, lessons);
    qsort(lessons, count, sizeof(lessons[0]), by_end);
    for (size_t i = 0; i < count && status == OK; i++) {
        int64_t submit_ms = lessons[i].trace ? (int64_t)lessons[i].trace->submit.submitted_at_ms
                                             : 0;
        bool knows = i > 0 && lessons[i].trace && submit_ms >= lessons[i - 1].end_ms;
        double idle_s = knows ? (double)(submit_ms - lessons[i - 1].end_ms) * 1e-3 : -1;
        status = learn_one(past, &lessons[i], idle_s, err);
    }
    return status;
}

void past_done(struct past *past)
{
    free(past->model);
    free(past->fit);
    free(past->records);
    corpus_done(&past->corpus);
    *past = (struct past){0};
}
