// SPDX-License-Identifier: GPL-3.0-or-later
// sample_line.c — see sample_line.h.
#include "job/sample_line.h"

#include <math.h>
#include <string.h>

#include "base/json_write.h"
#include "job/trace_line.h"

enum { PERCENT_DECIMALS = 4, SECONDS_DECIMALS = 3 };

static void write_seconds(struct json_writer *w, const char *key, bool has, double seconds)
{
    jw_key(w, key);
    if (has)
        jw_number(w, seconds, SECONDS_DECIMALS);
    else
        jw_null(w);
}

void sample_line_write(const struct sample_line *line, struct buffer *out)
{
    const struct sample *s = &line->sample;
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_string(&w, "trace", line->trace);
    jw_key_number(&w, "t_ms", (double)s->t_ns * 1e-6, SECONDS_DECIMALS);
    jw_key_number(&w, "percent", s->fraction * 100, PERCENT_DECIMALS);
    write_seconds(&w, "eta_s", s->has_eta, s->eta_s);
    write_seconds(&w, "eta_low_s", s->has_interval, s->low_s);
    write_seconds(&w, "eta_high_s", s->has_interval, s->high_s);
    jw_key_string(&w, "phase", line->phase);
    jw_key_string(&w, "source", line->source);
    jw_key_string(&w, "health", line->health);
    jw_object_end(&w);
    buffer_text(out, "\n");
}

static enum status read_seconds(const struct jr *v, const char *key, bool *ret_has, double *ret,
                                struct error *err)
{
    struct jr member;
    *ret_has = jr_get(v, key, &member);
    return *ret_has ? jr_number(&member, 0, TRACE_MAX_NS * 1e-9, ret, err) : OK;
}

enum status sample_line_read(const struct jr *v, struct sample_line *ret, struct error *err)
{
    struct jr trace, t_ms, percent;
    double ms, shown;
    bool has_low, has_high;
    const char *health = "";
    struct sample *s = &ret->sample;
    *ret = (struct sample_line){0};
    if (jr_object(v, err) != OK ||
        jr_require(v, "trace", "the id of the trace", &trace, err) != OK ||
        jr_string(&trace, EVENT_MAX_NAME - 1, &ret->trace, err) != OK ||
        jr_require(v, "t_ms", "milliseconds since the submit", &t_ms, err) != OK ||
        jr_number(&t_ms, 0, TRACE_MAX_NS * 1e-6, &ms, err) != OK ||
        jr_require(v, "percent", "what the bar showed", &percent, err) != OK ||
        jr_number(&percent, 0, 100, &shown, err) != OK ||
        read_seconds(v, "eta_s", &s->has_eta, &s->eta_s, err) != OK ||
        read_seconds(v, "eta_low_s", &has_low, &s->low_s, err) != OK ||
        read_seconds(v, "eta_high_s", &has_high, &s->high_s, err) != OK ||
        jr_get_string(v, "health", SAMPLE_MAX_LINE, &health, err) != OK)
        return ERR_INVALID;
    s->t_ns = llround(ms * 1e6);
    s->fraction = shown / 100;
    s->has_interval = has_low && has_high;
    s->stalled = strcmp(health, "stalled") == 0;
    return OK;
}
