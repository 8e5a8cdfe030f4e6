// SPDX-License-Identifier: GPL-3.0-or-later
// benchmark.c — see benchmark.h.
#include "job/benchmark.h"

#include <string.h>

#include "base/text.h"
#include "job/event_json.h"

enum { MAX_SECONDS = 100000000, DECIMALS = 4, CHECK_MEMBERS = 3 };
static const double max_sigma = 100;

static const char *const outcome_names[] = {
    [OUTCOME_COMPLETE] = "complete",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_CANCELLED] = "cancelled",
};
_Static_assert(sizeof(outcome_names) / sizeof(outcome_names[0]) == OUTCOME_COUNT,
               "a name for each outcome");

// ---- writing ----

static void write_checks(const struct record_check *checks, struct json_writer *w)
{
    jw_key(w, "checks");
    jw_array_begin(w);
    for (int i = 0; i < RECORD_CHECKS; i++) {
        jw_array_begin(w);
        jw_number(w, (double)checks[i].elapsed_s, DECIMALS);
        jw_number(w, (double)checks[i].left_s, DECIMALS);
        jw_number(w, (double)checks[i].sigma, DECIMALS);
        jw_array_end(w);
    }
    jw_array_end(w);
}

static void write_classes(const struct record_class *classes, struct json_writer *w)
{
    jw_key(w, "classes");
    jw_array_begin(w);
    for (int i = 0; i < PLAN_MAX_CLASSES && classes[i].name[0] != '\0'; i++) {
        jw_object_begin(w);
        jw_key_string(w, "name", classes[i].name);
        jw_key_number(w, "cost", classes[i].cost, DECIMALS);
        jw_key_number(w, "units", classes[i].units, DECIMALS);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static bool any_check(const struct record *r)
{
    for (int i = 0; i < RECORD_CHECKS; i++) {
        if (r->checks[i].left_s > 0)
            return true;
    }
    return false;
}

// What the worker itself does not know, or has no reason to say.
static void write_receiver(const struct benchmark *b, struct json_writer *w)
{
    const struct record *r = &b->record;
    if (r->features.has_idle)
        jw_key_number(w, "idle_s", r->features.idle_s, DECIMALS);
    if (r->frames_guess > 0)
        jw_key_number(w, "frames_guess", r->frames_guess, DECIMALS);
    if (b->has_estimate)
        jw_key_number(w, "estimated_s", b->estimated_s, DECIMALS);
    if (r->outcome != OUTCOME_COMPLETE)
        jw_key_string(w, "outcome", outcome_names[r->outcome]);
    if (r->censored)
        jw_key_bool(w, "censored", true);
    if (r->simulated)
        jw_key_bool(w, "simulated", true);
    if (any_check(r))
        write_checks(r->checks, w);
    if (r->classes[0].name[0] != '\0')
        write_classes(r->classes, w);
}

void benchmark_write(const struct benchmark *b, struct buffer *out)
{
    const struct record *r = &b->record;
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_int(&w, "v", 1);
    jw_key_string(&w, "type", export_info(r->type)->name);
    jw_key_string(&w, "job", b->job);
    if (r->at_ms)
        jw_key_int(&w, "at_ms", r->at_ms);
    jw_key_string(&w, "engine", r->features.engine);
    jw_key_string(&w, "device", r->features.device);
    if (r->features.has_cold)
        jw_key_bool(&w, "cold", r->features.cold);
    write_feature_members(&r->features, &w);
    jw_key(&w, "phases");
    write_timings(r->phases, &w);
    jw_key_number(&w, "total_s", r->total_s, DECIMALS);
    write_receiver(b, &w);
    if (r->by_worker)
        jw_key_string(&w, "src", "worker");
    jw_object_end(&w);
}

// ---- reading ----

static enum status read_type(const struct jr *v, enum export_type *ret, struct error *err)
{
    struct jr member;
    const char *name;
    if (jr_require(v, "type", "the name of an export", &member, err) != OK ||
        jr_string(&member, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    if (!export_type_from_name(name, ret))
        return jr_expected(&member, err, "the name of an export, as framing_ai");
    return OK;
}

static enum status read_outcome(const struct jr *v, enum outcome *ret, struct error *err)
{
    const char *name = outcome_names[OUTCOME_COMPLETE];
    if (jr_get_string(v, "outcome", EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (strcmp(outcome_names[i], name) == 0) {
            *ret = (enum outcome)i;
            return OK;
        }
    }
    return error_set(err, ERR_INVALID, "outcome: expected complete, failed or cancelled, got %s",
                     name);
}

static enum status read_check(const struct jr *v, struct record_check *ret, struct error *err)
{
    static const double limits[CHECK_MEMBERS] = {MAX_SECONDS, MAX_SECONDS, max_sigma};
    float *const members[CHECK_MEMBERS] = {&ret->elapsed_s, &ret->left_s, &ret->sigma};
    if (jr_array(v, CHECK_MEMBERS, CHECK_MEMBERS, err) != OK)
        return ERR_INVALID;
    for (size_t i = 0; i < CHECK_MEMBERS; i++) {
        double value;
        struct jr member = jr_at(v, i);
        if (jr_number(&member, 0, limits[i], &value, err) != OK)
            return ERR_INVALID;
        *members[i] = (float)value;
    }
    return OK;
}

static enum status read_checks(const struct jr *v, struct record *ret, struct error *err)
{
    struct jr member;
    if (!jr_get(v, "checks", &member))
        return OK;
    if (jr_array(&member, 0, RECORD_CHECKS, err) != OK)
        return ERR_INVALID;
    for (size_t i = 0; i < jr_size(&member); i++) {
        struct jr check = jr_at(&member, i);
        if (read_check(&check, &ret->checks[i], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static enum status read_class(const struct jr *v, struct record_class *ret, struct error *err)
{
    if (jr_object(v, err) != OK || read_text(v, "name", ret->name, sizeof(ret->name), err) != OK ||
        jr_get_number(v, "cost", 0, MAX_SECONDS, &ret->cost, err) != OK ||
        jr_get_number(v, "units", 0, (double)EVENT_MAX_UNITS, &ret->units, err) != OK)
        return ERR_INVALID;
    return OK;
}

static enum status read_classes(const struct jr *v, struct record *ret, struct error *err)
{
    struct jr member;
    if (!jr_get(v, "classes", &member))
        return OK;
    if (jr_array(&member, 0, PLAN_MAX_CLASSES, err) != OK)
        return ERR_INVALID;
    for (size_t i = 0; i < jr_size(&member); i++) {
        struct jr class = jr_at(&member, i);
        if (read_class(&class, &ret->classes[i], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static enum status read_machine(const struct jr *v, struct features *ret, struct error *err)
{
    struct jr member;
    ret->has_cold = jr_get(v, "cold", &member);
    ret->has_idle = jr_get(v, "idle_s", &member);
    if (read_text(v, "engine", ret->engine, sizeof(ret->engine), err) != OK ||
        read_text(v, "device", ret->device, sizeof(ret->device), err) != OK ||
        jr_get_bool(v, "cold", &ret->cold, err) != OK ||
        jr_get_number(v, "idle_s", 0, MAX_SECONDS, &ret->idle_s, err) != OK)
        return ERR_INVALID;
    return read_features(v, ret, err);
}

static enum status read_times(const struct jr *v, struct record *ret, struct error *err)
{
    struct jr member;
    if (jr_get_number(v, "frames_guess", 0, (double)EVENT_MAX_UNITS, &ret->frames_guess, err) !=
            OK ||
        jr_require(v, "total_s", "the seconds of the whole", &member, err) != OK ||
        jr_number(&member, 0, MAX_SECONDS, &ret->total_s, err) != OK ||
        jr_require(v, "phases", "an object of phases", &member, err) != OK)
        return ERR_INVALID;
    return read_timings(&member, ret->phases, err);
}

// Who stamped the times, and whether they are to be trusted.
static enum status read_source(const struct jr *v, struct record *ret, struct error *err)
{
    const char *source = "";
    if (jr_get_string(v, "src", EVENT_MAX_NAME, &source, err) != OK ||
        jr_get_bool(v, "censored", &ret->censored, err) != OK ||
        jr_get_bool(v, "simulated", &ret->simulated, err) != OK)
        return ERR_INVALID;
    ret->by_worker = strcmp(source, "worker") == 0;
    ret->simulated = ret->simulated || strcmp(source, "simulated") == 0;
    return read_outcome(v, &ret->outcome, err);
}

static enum status read_record(const struct jr *v, struct benchmark *ret, struct error *err)
{
    struct record *r = &ret->record;
    struct jr member;
    *ret = (struct benchmark){0};
    ret->has_estimate = jr_get(v, "estimated_s", &member);
    if (jr_object(v, err) != OK || read_type(v, &r->type, err) != OK ||
        read_text(v, "job", ret->job, sizeof(ret->job), err) != OK ||
        jr_get_integer(v, "at_ms", 0, INT64_C(1) << 52, &r->at_ms, err) != OK ||
        jr_get_number(v, "estimated_s", 0, MAX_SECONDS, &ret->estimated_s, err) != OK ||
        read_machine(v, &r->features, err) != OK || read_times(v, r, err) != OK ||
        read_source(v, r, err) != OK || read_classes(v, r, err) != OK)
        return ERR_INVALID;
    return read_checks(v, r, err);
}

enum status benchmark_parse(const char *json, size_t n, struct benchmark *ret, struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    if (n > BENCHMARK_MAX_TEXT)
        return error_set(err, ERR_LIMIT, "a record of %zu bytes; expected at most %d", n,
                         BENCHMARK_MAX_TEXT);
    enum status status = jr_parse(json, n, &doc, err);
    if (status != OK)
        return status;
    struct jr root = jr_root(doc);
    return read_record(&root, ret, err);
}

// ---- lines of a log ----

static const char *find_marker(const char *line, size_t n)
{
    const size_t length = sizeof(BENCHMARK_MARKER) - 1;
    const char *end = line + n;
    const char *at = line;
    while ((at = memchr(at, BENCHMARK_MARKER[0], (size_t)(end - at)))) {
        if ((size_t)(end - at) >= length && memcmp(at, BENCHMARK_MARKER, length) == 0)
            return at + length;
        at++;
    }
    return NULL;
}

bool benchmark_marked(const char *line, size_t n)
{
    return find_marker(line, n) != NULL;
}

// How many bytes the object takes that begins at `text`; n when it does not end.
static size_t object_length(const char *text, size_t n)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && c == '{')
            depth++;
        else if (!in_string && c == '}' && --depth == 0)
            return i + 1;
    }
    return n;
}

// A line that a logger put into a JSON string of its own: {"log":"… {\"v\":1}\n"}. One level of
// escapes is taken off.
static void unescape(const char *text, size_t n, struct buffer *out)
{
    for (size_t i = 0; i < n && text[i] != '"'; i++) {
        if (text[i] == '\\' && i + 1 < n)
            i++;
        buffer_append(out, &text[i], 1);
    }
}

enum status benchmark_parse_line(const char *line, size_t n, struct benchmark *ret,
                                 struct error *err)
{
    struct buffer plain BUFFER_AUTO;
    buffer_init(&plain, BENCHMARK_MAX_TEXT * (size_t)2);
    const char *text = find_marker(line, n);
    if (!text)
        return error_set(err, ERR_INVALID, "there is no %s in the line", BENCHMARK_MARKER);
    size_t left = n - (size_t)(text - line);
    for (; left > 0 && (*text == ' ' || *text == '\t'); left--)
        text++;
    if (left == 0 || *text != '{')
        return error_set(err, ERR_INVALID, "expected a JSON object behind %s", BENCHMARK_MARKER);
    if (left > 1 && text[1] == '\\') {
        unescape(text, left, &plain);
        text = buffer_string(&plain);
        left = plain.size;
    }
    return benchmark_parse(text, object_length(text, left), ret, err);
}
