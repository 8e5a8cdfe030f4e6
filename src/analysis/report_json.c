// SPDX-License-Identifier: GPL-3.0-or-later
// report_json.c — see report_json.h.
#include "analysis/report_json.h"

#include "analysis/findings.h"
#include "base/json_write.h"
#include "base/text.h"

enum { DECIMALS = 6 };

static void key_spread(struct json_writer *w, const char *key, const struct spread *s)
{
    if (s->n == 0)
        return;
    jw_key(w, key);
    jw_object_begin(w);
    jw_key_uint(w, "n", s->n);
    jw_key_number(w, "mean", s->mean, DECIMALS);
    jw_key_number(w, "deviation", s->deviation, DECIMALS);
    jw_key_number(w, "p10", s->low, DECIMALS);
    jw_key_number(w, "median", s->median, DECIMALS);
    jw_key_number(w, "p90", s->high, DECIMALS);
    jw_object_end(w);
}

static void key_accuracy(struct json_writer *w, const char *key, const struct accuracy *a,
                         bool interval)
{
    if (a->n == 0)
        return;
    jw_key(w, key);
    jw_object_begin(w);
    jw_key_uint(w, "n", a->n);
    jw_key_number(w, "off", a->off, DECIMALS);
    jw_key_number(w, "actual_per_expected", a->ratio, DECIMALS);
    if (interval)
        jw_key_number(w, "covered", a->covered, DECIMALS);
    jw_object_end(w);
}

static void key_phases(struct json_writer *w, const struct type_report *r)
{
    jw_key(w, "phases");
    jw_object_begin(w);
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (r->seconds[k].n == 0)
            continue;
        jw_key(w, phase_info((enum phase)k)->name);
        jw_object_begin(w);
        jw_key_number(w, "share", r->shares.mean[k], DECIMALS);
        jw_key_number(w, "share_deviation", shares_spread(&r->shares, (enum phase)k), DECIMALS);
        key_spread(w, "seconds", &r->seconds[k]);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void key_weights(struct json_writer *w, const struct analysis *a,
                        const struct type_report *r)
{
    const struct export_info *info = export_info(r->type);
    if (!r->weighed)
        return;
    jw_key(w, "weights");
    jw_object_begin(w);
    for (int i = 0; i < info->phase_count; i++) {
        const struct weight *weight = &a->weights.set.weights[r->type][info->phases[i]];
        jw_key(w, phase_info(info->phases[i])->name);
        jw_array_begin(w);
        jw_number(w, weight->start_percent, 3);
        jw_number(w, weight->end_percent, 3);
        jw_array_end(w);
    }
    jw_object_end(w);
    jw_key_uint(w, "weights_samples", a->weights.samples[r->type]);
}

static void key_drifts(struct json_writer *w, const struct type_report *r)
{
    jw_key(w, "drifts");
    jw_array_begin(w);
    for (int i = 0; i < r->drifts->count; i++) {
        const struct drift *d = &r->drifts->all[i];
        jw_object_begin(w);
        jw_key_string(w, "phase", phase_info(d->phase)->name);
        jw_key_number(w, "factor", d->factor, 4);
        jw_key_int(w, "since_ms", d->since_ms);
        jw_key_uint(w, "runs", d->jobs);
        jw_key_string(w, "device", d->device);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void key_findings(struct json_writer *w, const struct type_report *r)
{
    jw_key(w, "warnings");
    jw_array_begin(w);
    for (int i = 0; i < r->finding_count; i++) {
        jw_object_begin(w);
        jw_key_string(w, "kind", finding_name(r->findings[i].kind));
        jw_key_string(w, "text", r->findings[i].text);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_type(struct json_writer *w, const struct analysis *a, const struct type_report *r)
{
    jw_object_begin(w);
    jw_key_uint(w, "records", r->count);
    jw_key_uint(w, "usable", r->usable);
    jw_key_uint(w, "sound", r->sound);
    jw_key_uint(w, "cold", r->cold);
    jw_key_uint(w, "warm", r->warm);
    key_phases(w, r);
    key_weights(w, a, r);
    key_spread(w, "total_s", &r->total);
    key_spread(w, "seconds_per_frame", &r->frame);
    key_spread(w, "seconds_per_frame_cold", &r->cold_frame);
    key_spread(w, "seconds_per_frame_warm", &r->warm_frame);
    key_accuracy(w, "estimated", &r->estimated, false);
    key_accuracy(w, "foreseen", &r->foreseen, true);
    jw_key_bool(w, "circular", r->circular);
    key_drifts(w, r);
    key_findings(w, r);
    jw_object_end(w);
}

static void key_broken(struct json_writer *w, const struct samples *s)
{
    jw_key_uint(w, "broken", s->broken);
    jw_key(w, "broken_lines");
    jw_array_begin(w);
    for (uint64_t i = 0; i < s->broken && i < SAMPLES_BROKEN; i++) {
        jw_object_begin(w);
        jw_key_string(w, "file", s->broken_lines[i].source);
        jw_key_uint(w, "line", s->broken_lines[i].line);
        jw_key_string(w, "why", s->broken_lines[i].why);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void key_refused(struct json_writer *w, const struct samples *s)
{
    jw_key(w, "refused");
    jw_object_begin(w);
    for (int i = 0; i < RECORD_FLAW_COUNT; i++) {
        if (s->refused[i] > 0)
            jw_key_uint(w, record_flaw_name((enum record_flaw)i), s->refused[i]);
    }
    jw_object_end(w);
}

void report_json(const struct analysis *a, struct buffer *out)
{
    struct json_writer w;
    char date[TEXT_TIME];
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_int(&w, "v", 1);
    jw_key_string(&w, "date", text_time(date, a->at_ms));
    jw_key_uint(&w, "records", a->samples->count);
    jw_key_uint(&w, "lines", a->samples->lines);
    key_broken(&w, a->samples);
    key_refused(&w, a->samples);
    jw_key(&w, "types");
    jw_object_begin(&w);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (a->types[type].count == 0)
            continue;
        jw_key(&w, export_info((enum export_type)type)->name);
        write_type(&w, a, &a->types[type]);
    }
    jw_object_end(&w);
    jw_object_end(&w);
}
