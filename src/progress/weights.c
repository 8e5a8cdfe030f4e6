// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/weights.h"

#include <math.h>

#include "progress/prior.h"

static const struct weight_set first = {{
    [EXPORT_FRAMING_AI] =
        {
            [PHASE_DOWNLOAD] = {true, 0, 8},
            [PHASE_INIT] = {true, 8, 12},
            [PHASE_UPSCALE] = {true, 12, 62},
            [PHASE_ENCODE] = {true, 62, 73},
            [PHASE_UPLOAD] = {true, 73, 100},
        },
    [EXPORT_MULTI_CLIP] =
        {
            [PHASE_DOWNLOAD] = {true, 0, 10},
            [PHASE_INIT] = {true, 10, 12},
            [PHASE_UPSCALE] = {true, 12, 55},
            [PHASE_ENCODE] = {true, 55, 70},
            [PHASE_CONCAT] = {true, 70, 80},
            [PHASE_UPLOAD] = {true, 80, 100},
        },
    [EXPORT_OVERLAY] =
        {
            [PHASE_DOWNLOAD] = {true, 0, 10},
            [PHASE_OVERLAY] = {true, 10, 20},
            [PHASE_PROCESS] = {true, 20, 70},
            [PHASE_ENCODE] = {true, 70, 85},
            [PHASE_UPLOAD] = {true, 85, 100},
        },
    [EXPORT_ANNOTATE_COMPILATION] =
        {
            [PHASE_DOWNLOAD] = {true, 0, 15},
            [PHASE_PROCESS] = {true, 15, 70},
            [PHASE_MERGE] = {true, 70, 85},
            [PHASE_UPLOAD] = {true, 85, 100},
        },
}};

void weights_first(struct weight_set *ret)
{
    *ret = first;
}

void weights_measured(struct weight_set *ret)
{
    // The medians of the shipped prior for a typical job: nothing known but its type.
    static const struct features typical;
    *ret = (struct weight_set){0};
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        struct prior prior;
        struct forecast forecast;
        double seconds[PHASE_COUNT];
        prior_shipped((enum export_type)type, &prior);
        prior_forecast(&prior, &typical, &forecast);
        for (int k = 0; k < PHASE_COUNT; k++)
            seconds[k] = exp(forecast.mean[k]);
        weights_learn(ret, (enum export_type)type, seconds);
    }
}

void weights_learn(struct weight_set *set, enum export_type type, const double seconds[PHASE_COUNT])
{
    const struct export_info *info = export_info(type);
    double sum = 0;
    for (int i = 0; i < info->phase_count; i++)
        sum += seconds[info->phases[i]];
    if (!(sum > 0) || !isfinite(sum))
        return;
    double before = 0;
    for (int i = 0; i < info->phase_count; i++) {
        enum phase k = info->phases[i];
        double start = 100 * before / sum;
        before += seconds[k];
        double end = i == info->phase_count - 1 ? 100 : 100 * before / sum;
        set->weights[type][k] = (struct weight){true, start, end};
    }
}

double weights_overall(const struct weight_set *set, const char *type_name, const char *phase_name,
                       double phase_percent)
{
    enum export_type type;
    enum phase phase;
    double percent = fmin(fmax(phase_percent, 0), 100);
    if (!export_type_from_name(type_name, &type) || !phase_from_name(phase_name, &phase))
        return percent;
    const struct weight *w = &set->weights[type][phase];
    if (!w->has_range)
        return percent;
    return w->start_percent + percent / 100 * (w->end_percent - w->start_percent);
}
