// SPDX-License-Identifier: GPL-3.0-or-later
// baseline_fit.c — see baseline_fit.h.
#include "progress/baseline_fit.h"

#include <math.h>

// Simulated bars were published with 0.8 s a frame and 10 s beside them.
static const double published_frame_s = 0.8;
static const double published_fixed_s = 10;
static const double published_total_s = 60; // of a job whose frames are not known
enum { LEAST_RUNS = 3 };                    // for a line; fewer give its slope alone

bool baseline_frames(const struct features *features, double *ret)
{
    if (features->has_frames_upscale && features->frames_upscale > 0)
        *ret = (double)features->frames_upscale;
    else if (features->has_frames_output && features->frames_output > 0)
        *ret = (double)features->frames_output;
    else
        return false;
    return true;
}

void baseline_learn(struct baseline_fit *fit, const struct record *record)
{
    double frames = 0;
    double sum = 0;
    struct baseline_runs *runs = &fit->types[record->type];
    if (record_flaw(record) != RECORD_SOUND)
        return;
    (void)baseline_frames(&record->features, &frames);
    runs->frames[runs->next] = (float)frames;
    runs->total_s[runs->next] = (float)record->total_s;
    runs->next = (runs->next + 1) % BASELINE_RUNS;
    runs->count += runs->count < BASELINE_RUNS;
    for (int k = 0; k < PHASE_COUNT; k++)
        sum += record_own_s(record, (enum phase)k);
    for (int k = 0; k < PHASE_COUNT && sum > 0; k++)
        runs->shares[k] += record_own_s(record, (enum phase)k) / sum;
    runs->jobs += sum > 0;
}

bool baseline_weights(const struct baseline_fit *fit, enum export_type type,
                      double ret[static PHASE_COUNT])
{
    const struct baseline_runs *runs = &fit->types[type];
    for (int k = 0; k < PHASE_COUNT; k++)
        ret[k] = runs->jobs > 0 ? runs->shares[k] / runs->jobs : 0;
    return runs->jobs > 0;
}

struct line {
    double fixed_s, frame_s;
};

// Minimises Σ ((fixed + frame × n) / T − 1)² with both ≥ 0: the normal equations of two unknowns.
static struct line fit_line(const struct baseline_runs *runs)
{
    double aa = 0, ab = 0, bb = 0, a1 = 0, b1 = 0;
    for (uint32_t i = 0; i < runs->count; i++) {
        double a = 1 / (double)runs->total_s[i];
        double b = (double)runs->frames[i] / (double)runs->total_s[i];
        aa += a * a;
        ab += a * b;
        bb += b * b;
        a1 += a;
        b1 += b;
    }
    double det = aa * bb - ab * ab;
    struct line line = {0, bb > 0 ? b1 / bb : 0};
    if (bb <= 0 || runs->count < LEAST_RUNS)
        return bb > 0 ? line : (struct line){a1 / aa, 0};
    if (det > 1e-9 * aa * bb)
        line = (struct line){(a1 * bb - b1 * ab) / det, (b1 * aa - a1 * ab) / det};
    if (line.frame_s < 0)
        return (struct line){a1 / aa, 0};
    return line.fixed_s < 0 ? (struct line){0, b1 / bb} : line;
}

static double mean_frames(const struct baseline_runs *runs)
{
    double sum = 0;
    for (uint32_t i = 0; i < runs->count; i++)
        sum += (double)runs->frames[i];
    return sum / runs->count;
}

double baseline_total_s(const struct baseline_fit *fit, enum export_type type, bool has_frames,
                        double frames)
{
    const struct baseline_runs *runs = &fit->types[type];
    if (runs->count == 0)
        return has_frames ? published_fixed_s + published_frame_s * frames : published_total_s;
    struct line line = fit_line(runs);
    return line.fixed_s + line.frame_s * (has_frames ? frames : mean_frames(runs));
}
