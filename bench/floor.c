// SPDX-License-Identifier: GPL-3.0-or-later
// floor — how good any bar could be on the generated jobs.
//
// Usage: floor SEED JOBS FIRST >floor.ndjson. Judges the oracle of oracle.h on the jobs of
// `generate_traces SEED JOBS` that complete and take two seconds and more, from number FIRST on; a
// JSON object a job:
//
//   {"id":"made-0002","type":"overlay","label":"plain","cold":true,"M1":0.02,"M2":0.05,
//    "held":0.03,"curve":[0.01,…],"budget":{"base":0.021,"sizes":{"told":0.018,"alone":0.003},…}}
//
// M1, M2 and the curve are those of docs/accuracy-method.md; "held" is M1 of the same bar when it
// is held from falling, as ours is. The budget says what each fact is worth: M1 when it is told
// beforehand, and when it alone is not. It is thrown more coarsely, and so has a base of its own.
// floor.py makes tables of it. The same seed gives the same figures.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "base/memory.h"
#include "oracle.h"

enum { BINS = 20, DECIMALS = 6, MAX_LINE = 1 << 16 };

static const double brief_s = 2;    // `score` keeps shorter jobs out of its figures
static const double sample_s = 0.5; // it looks at a job so often

// How finely it is looked: moments of a job, at most, and throws at each.
struct grain {
    int moments, throws;
};
static const struct grain fine = {30, 64};
static const struct grain coarse = {12, 16};

static const char *const fact_names[] = {
    [FACT_SIZES] = "sizes",       [FACT_STATE] = "state", [FACT_STARTUP] = "startup",
    [FACT_INIT] = "init",         [FACT_NET] = "net",     [FACT_FRAMES] = "frames",
    [FACT_FINALIZE] = "finalize", [FACT_LUCK] = "luck",   [FACT_FAULTS] = "faults",
};
_Static_assert(sizeof(fact_names) / sizeof(fact_names[0]) == FACT_COUNT, "a name each");

struct figures {
    double mean, worst; // M1, M2
    double held;        // M1, were it held from falling
    double curve[BINS];
    int counts[BINS];
};

// At moments evenly spread over those at which `score` looks.
static void judge(struct oracle *oracle, double total_s, unsigned facts, const struct grain *grain,
                  struct figures *ret)
{
    int samples = (int)(total_s / sample_s) + 1;
    int moments = samples < grain->moments ? samples : grain->moments;
    double shown = 0;
    *ret = (struct figures){0};
    for (int i = 0; i < moments; i++) {
        double t_s = sample_s * floor((i + 0.5) * samples / moments);
        double share = t_s / total_s;
        double d = oracle_shows(oracle, facts, grain->throws, t_s);
        double off = fabs(d - share);
        shown = fmax(shown, d);
        ret->held += fabs(shown - share) / moments;
        int bin = share < 1 ? (int)(share * BINS) : BINS - 1;
        ret->mean += off / moments;
        ret->worst = fmax(ret->worst, off);
        ret->curve[bin] += off;
        ret->counts[bin]++;
    }
}

static void write_curve(const struct figures *figures, struct json_writer *w)
{
    jw_key(w, "curve");
    jw_array_begin(w);
    for (int bin = 0; bin < BINS; bin++) {
        if (figures->counts[bin] > 0)
            jw_number(w, figures->curve[bin] / figures->counts[bin], DECIMALS);
        else
            jw_null(w);
    }
    jw_array_end(w);
}

static void write_budget(struct oracle *oracle, double total_s, struct json_writer *w)
{
    struct figures figures;
    jw_key(w, "budget");
    jw_object_begin(w);
    judge(oracle, total_s, 0, &coarse, &figures);
    jw_key_number(w, "base", figures.mean, DECIMALS);
    for (int fact = 0; fact < FACT_COUNT; fact++) {
        jw_key(w, fact_names[fact]);
        jw_object_begin(w);
        judge(oracle, total_s, 1U << fact, &coarse, &figures);
        jw_key_number(w, "told", figures.mean, DECIMALS);
        judge(oracle, total_s, FACTS_ALL & ~(1U << fact), &coarse, &figures);
        jw_key_number(w, "alone", figures.mean, DECIMALS);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void write_job(const struct made_job *job, int number, struct buffer *out)
{
    char id[32];
    struct json_writer w;
    struct figures figures;
    // its dice are its own: the jobs are the same without it
    struct oracle *oracle AUTO(oracle_free) = oracle_new(job, fine.throws, (uint64_t)number + 1);
    (void)snprintf(id, sizeof(id), "made-%04d", number);
    judge(oracle, job->total_s, 0, &fine, &figures);
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_string(&w, "id", id);
    jw_key_string(&w, "type", export_info(job->type)->name);
    jw_key_string(&w, "label", fault_label(job->fault));
    jw_key_bool(&w, "cold", job->waits[job->attempt_count - 1].cold);
    jw_key_number(&w, "M1", figures.mean, DECIMALS);
    jw_key_number(&w, "M2", figures.worst, DECIMALS);
    jw_key_number(&w, "held", figures.held, DECIMALS);
    write_curve(&figures, &w);
    write_budget(oracle, job->total_s, &w);
    jw_object_end(&w);
    buffer_text(out, "\n");
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: floor SEED JOBS FIRST\n");
        return 64;
    }
    struct deployment home;
    struct made_job *job AUTO(mem_free) = mem_new(struct made_job);
    struct buffer line BUFFER_AUTO;
    int jobs = (int)strtol(argv[2], NULL, 10);
    int first = (int)strtol(argv[3], NULL, 10);
    deployment_init(&home, strtoull(argv[1], NULL, 10));
    buffer_init(&line, MAX_LINE);
    for (int i = 0; i < jobs; i++) {
        made_job_throw(&home, job);
        made_job_run(job);
        made_job_leave(job, &home);
        if (i < first || !made_job_completes(job) || job->total_s < brief_s)
            continue;
        buffer_clear(&line);
        write_job(job, i, &line);
        (void)fwrite(line.data, 1, line.size, stdout);
    }
    return 0;
}
