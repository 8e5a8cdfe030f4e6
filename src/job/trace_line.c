// SPDX-License-Identifier: GPL-3.0-or-later
// trace_line.c — one row a kind of line, one row a word of the server.
#include "job/trace_line.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"
#include "job/event_json.h"

enum { MS_DECIMALS = 3, TRACE_MAX_SIGMA = 100 };

// ---- names ----

static const char *const outcome_names[] = {[OUTCOME_COMPLETE] = "complete",
                                            [OUTCOME_FAILED] = "failed",
                                            [OUTCOME_CANCELLED] = "cancelled"};
static_assert(sizeof(outcome_names) / sizeof(outcome_names[0]) == OUTCOME_COUNT, "a name each");

const char *outcome_name(enum outcome outcome)
{
    assert((unsigned)outcome < OUTCOME_COUNT);
    return outcome_names[outcome];
}

bool outcome_from_name(const char *name, enum outcome *ret)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (strcmp(outcome_names[i], name) == 0) {
            *ret = (enum outcome)i;
            return true;
        }
    }
    return false;
}

static const char *const words[] = {[TRACE_BEGIN] = "begin",
                                    [TRACE_FINISH] = "end",
                                    [TRACE_LOST] = "lost",
                                    [TRACE_ATTEMPT] = "attempt",
                                    [TRACE_WAIT] = "wait"};
static_assert(sizeof(words) / sizeof(words[0]) == TRACE_WORD_COUNT, "a name each");

static bool has_phase(enum trace_word word)
{
    return word == TRACE_BEGIN || word == TRACE_FINISH;
}

// ---- submit ----

static enum status read_submit(const struct jr *v, struct trace_line *ret, struct error *err)
{
    struct trace_submit *submit = &ret->submit;
    struct features *features = &submit->features;
    struct jr type, member;
    const char *id = "";
    const char *label = "";
    const char *name;
    int64_t at_ms = 0;
    if (jr_object(v, err) != OK || jr_get_string(v, "id", EVENT_MAX_NAME - 1, &id, err) != OK ||
        jr_get_string(v, "label", TRACE_MAX_LABEL - 1, &label, err) != OK ||
        jr_require(v, "type", "the name of an export", &type, err) != OK ||
        jr_string(&type, EVENT_MAX_NAME, &name, err) != OK ||
        jr_get_integer(v, "submitted_at_ms", 0, EVENT_MAX_UNITS, &at_ms, err) != OK)
        return ERR_INVALID;
    if (!export_type_from_name(name, &submit->type))
        return jr_expected(&type, err, "the name of an export");
    (void)text_copy(submit->id, sizeof(submit->id), id);
    (void)text_copy(submit->label, sizeof(submit->label), label);
    submit->submitted_at_ms = (uint64_t)at_ms;
    if (!jr_get(v, "features", &member))
        return OK;
    struct jr cold;
    if (read_features(&member, features, err) != OK ||
        read_text(&member, "engine", features->engine, sizeof(features->engine), err) != OK ||
        read_text(&member, "device", features->device, sizeof(features->device), err) != OK)
        return ERR_INVALID;
    features->has_cold = jr_get(&member, "cold", &cold);
    return features->has_cold ? jr_bool(&cold, &features->cold, err) : OK;
}

static enum status write_submit(const struct trace_line *line, struct json_writer *w,
                                struct error *err)
{
    (void)err;
    const struct trace_submit *submit = &line->submit;
    const struct features *features = &submit->features;
    jw_object_begin(w);
    jw_key_string(w, "id", submit->id);
    if (submit->label[0])
        jw_key_string(w, "label", submit->label);
    jw_key_string(w, "type", export_info(submit->type)->name);
    if (submit->submitted_at_ms > 0)
        jw_key_uint(w, "submitted_at_ms", submit->submitted_at_ms);
    jw_key(w, "features");
    jw_object_begin(w);
    write_feature_members(features, w);
    if (features->engine[0])
        jw_key_string(w, "engine", features->engine);
    if (features->device[0])
        jw_key_string(w, "device", features->device);
    if (features->has_cold)
        jw_key_bool(w, "cold", features->cold);
    jw_object_end(w);
    jw_object_end(w);
    return OK;
}

// ---- event, server, end ----

static enum status read_wait(const struct jr *v, struct trace_server *server, struct error *err)
{
    struct jr median, sigma;
    if (jr_require(v, "median_s", "seconds", &median, err) != OK ||
        jr_number(&median, 0, TRACE_MAX_NS * 1e-9, &server->wait.median_s, err) != OK ||
        jr_require(v, "sigma", "a spread of logarithms", &sigma, err) != OK)
        return ERR_INVALID;
    return jr_number(&sigma, 0, TRACE_MAX_SIGMA, &server->wait.sigma, err);
}

static enum status read_event(const struct jr *v, struct trace_line *ret, struct error *err)
{
    return event_read(v, &ret->event, err);
}

static enum status write_event(const struct trace_line *line, struct json_writer *w,
                               struct error *err)
{
    struct event event = line->event;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, EVENT_MAX_LINE);
    bool nameless = (event.kind == EVENT_PROGRESS && !event.progress.has_phase) ||
                    ((event.kind == EVENT_BEGIN || event.kind == EVENT_END) &&
                     !event.phase.has_phase);
    if (event.kind == EVENT_UNKNOWN || nameless)
        event.kind = EVENT_ALIVE;
    enum status status = event_write(&event, &text, err);
    if (status != OK)
        return status;
    text.data[text.size - 1] = '\0'; // its line end
    jw_raw(w, text.data);
    return OK;
}

static enum status read_server(const struct jr *v, struct trace_line *ret, struct error *err)
{
    struct trace_server *server = &ret->server;
    struct jr ev;
    const char *name;
    bool known;
    if (jr_object(v, err) != OK ||
        jr_require(v, "ev", "begin, end, lost or attempt", &ev, err) != OK ||
        jr_string(&ev, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    int word = 0;
    while (word < TRACE_WORD_COUNT && strcmp(words[word], name) != 0)
        word++;
    if (word == TRACE_WORD_COUNT) {
        ret->kind = TRACE_UNKNOWN;
        return OK;
    }
    server->word = (enum trace_word)word;
    if (has_phase(server->word)) {
        enum status status = read_phase(v, &known, &server->phase, err);
        if (status == OK && !known)
            ret->kind = TRACE_UNKNOWN;
        return status;
    }
    if (server->word == TRACE_WAIT)
        return read_wait(v, server, err);
    return server->word == TRACE_ATTEMPT ? read_small(v, "attempt", &server->attempt, err) : OK;
}

static enum status write_server(const struct trace_line *line, struct json_writer *w,
                                struct error *err)
{
    (void)err;
    const struct trace_server *server = &line->server;
    assert((unsigned)server->word < TRACE_WORD_COUNT);
    jw_object_begin(w);
    jw_key_string(w, "ev", words[server->word]);
    if (has_phase(server->word))
        jw_key_string(w, "phase", phase_info(server->phase)->name);
    if (server->word == TRACE_ATTEMPT)
        jw_key_uint(w, "attempt", server->attempt);
    if (server->word == TRACE_WAIT) {
        jw_key_number(w, "median_s", server->wait.median_s, MS_DECIMALS);
        jw_key_number(w, "sigma", server->wait.sigma, MS_DECIMALS);
    }
    jw_object_end(w);
    return OK;
}

static enum status read_end(const struct jr *v, struct trace_line *ret, struct error *err)
{
    const char *name;
    if (jr_string(v, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    if (!outcome_from_name(name, &ret->end))
        return jr_expected(v, err, "complete, failed or cancelled");
    return OK;
}

static enum status write_end(const struct trace_line *line, struct json_writer *w,
                             struct error *err)
{
    (void)err;
    jw_string(w, outcome_name(line->end));
    return OK;
}

// ---- the table ----

static const struct trace_row {
    const char *key;
    enum status (*read)(const struct jr *v, struct trace_line *ret, struct error *err);
    enum status (*write)(const struct trace_line *line, struct json_writer *w, struct error *err);
} rows[] = {
    [TRACE_SUBMIT] = {"submit", read_submit, write_submit},
    [TRACE_EVENT] = {"event", read_event, write_event},
    [TRACE_SERVER] = {"server", read_server, write_server},
    [TRACE_END] = {"end", read_end, write_end},
};
static_assert(sizeof(rows) / sizeof(rows[0]) == TRACE_KIND_COUNT, "a row per kind");

static enum status read_line(const struct jr *root, struct trace_line *ret, struct error *err)
{
    struct jr member;
    double at_ms;
    if (jr_object(root, err) != OK ||
        jr_require(root, "at_ms", "milliseconds since the submit", &member, err) != OK ||
        jr_number(&member, 0, TRACE_MAX_NS * 1e-6, &at_ms, err) != OK)
        return ERR_INVALID;
    ret->at_ns = llround(at_ms * 1e6);
    for (int kind = TRACE_UNKNOWN + 1; kind < TRACE_KIND_COUNT; kind++) {
        if (!jr_get(root, rows[kind].key, &member))
            continue;
        ret->kind = (enum trace_kind)kind;
        return rows[kind].read(&member, ret, err);
    }
    return OK;
}

enum status trace_line_parse(const char *text, size_t n, struct trace_line *ret, struct error *err)
{
    memset(ret, 0, sizeof(*ret));
    if (n > TRACE_MAX_LINE)
        return error_set(err, ERR_LIMIT, "a line of %zu bytes, more than %d", n, TRACE_MAX_LINE);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    if (jr_parse(text, n, &doc, err) != OK)
        return ERR_INVALID;
    struct jr root = jr_root(doc);
    return read_line(&root, ret, err);
}

enum status trace_line_write(const struct trace_line *line, struct buffer *out, struct error *err)
{
    assert(line->kind > TRACE_UNKNOWN && line->kind < TRACE_KIND_COUNT && line->at_ns >= 0);
    struct buffer text BUFFER_AUTO;
    struct json_writer w;
    buffer_init(&text, TRACE_MAX_LINE);
    jw_init(&w, &text);
    jw_object_begin(&w);
    jw_key_number(&w, "at_ms", (double)line->at_ns * 1e-6, MS_DECIMALS);
    jw_key(&w, rows[line->kind].key);
    enum status status = rows[line->kind].write(line, &w, err);
    if (status != OK)
        return status;
    jw_object_end(&w);
    buffer_text(&text, "\n");
    assert(!text.overflow);
    buffer_append(out, text.data, text.size);
    return OK;
}
