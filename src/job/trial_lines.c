// SPDX-License-Identifier: GPL-3.0-or-later
// trial_lines.c — judges samples that came as text. Those of one trace stand together, in order.
#include <string.h>

#include "base/json_read.h"
#include "base/text.h"
#include "job/trial.h"

struct reading {
    const struct trace *traces;
    size_t count;
    const struct trace *trace; // whose samples are being read; NULL at first
    struct sample *samples;
    size_t sample_count, room;
    size_t line;
    struct trial *trial;
};

static const struct trace *find(const struct reading *r, const char *id)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->traces[i].submit.id, id) == 0)
            return &r->traces[i];
    }
    return NULL;
}

// The samples of one trace are all here.
static void conclude(struct reading *r)
{
    const struct trace *trace = r->trace;
    if (!trace)
        return;
    if (trace->ended && trace->outcome == OUTCOME_COMPLETE && trace->end_ns > 0) {
        struct trial_run *run = &r->trial->runs[r->trial->count++];
        (void)text_copy(run->id, sizeof(run->id), trace->submit.id);
        trial_look(trace, &run->traits);
        score_samples(r->samples, r->sample_count, trace->end_ns, score_moment(trace->submit.id),
                      &run->scores[PANEL_TRACKER]);
    } else {
        r->trial->censored++;
    }
    r->sample_count = 0;
}

static enum status begin(struct reading *r, const struct sample_line *line, struct error *err)
{
    conclude(r);
    r->trace = find(r, line->trace);
    if (!r->trace)
        return error_set(err, ERR_INVALID, "trace %s is not among the traces", line->trace);
    for (size_t i = 0; i < r->trial->count; i++) {
        if (strcmp(r->trial->runs[i].id, line->trace) == 0)
            return error_set(err, ERR_INVALID, "the samples of trace %s do not stand together",
                             line->trace);
    }
    if (line->sample.t_ns != 0)
        return error_set(err, ERR_INVALID, "expected the first sample of trace %s at 0 ms",
                         line->trace);
    return OK;
}

static enum status take(struct reading *r, const char *text, size_t n, struct error *err)
{
    struct sample_line line;
    AUTO(jr_free) struct jr_doc *doc = NULL;
    if (n > SAMPLE_MAX_LINE)
        return error_set(err, ERR_INVALID, "%zu bytes, more than %d", n, SAMPLE_MAX_LINE);
    if (jr_parse(text, n, &doc, err) != OK)
        return err->status;
    struct jr root = jr_root(doc);
    enum status status = sample_line_read(&root, &line, err);
    if (status == OK && (!r->trace || strcmp(r->trace->submit.id, line.trace) != 0))
        status = begin(r, &line, err);
    if (status != OK)
        return status;
    if (r->sample_count > 0 && line.sample.t_ns < r->samples[r->sample_count - 1].t_ns)
        return error_set(err, ERR_INVALID, "t_ms: earlier than the sample before");
    if (r->sample_count == r->room) {
        r->room = r->room > 0 ? 2 * r->room : 256;
        r->samples = mem_resize(r->samples, r->room, sizeof(r->samples[0]));
    }
    r->samples[r->sample_count++] = line.sample;
    return OK;
}

enum status trial_lines(const struct trace *traces, size_t count, const char *text, size_t n,
                        struct trial *ret, struct error *err)
{
    struct reading r = {.traces = traces, .count = count, .trial = ret};
    enum status status = OK;
    *ret = (struct trial){.runs = mem_zeroed(count, sizeof(ret->runs[0]))};
    while (n > 0 && status == OK) {
        const char *end = memchr(text, '\n', n);
        size_t bytes = end ? (size_t)(end - text) : n;
        r.line++;
        if (bytes > 0)
            status = take(&r, text, bytes, err);
        text += end ? bytes + 1 : bytes;
        n -= end ? bytes + 1 : bytes;
    }
    if (status == OK)
        conclude(&r);
    else
        status = error_wrap(err, "line %zu", r.line);
    free(r.samples);
    return status;
}
