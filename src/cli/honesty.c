// SPDX-License-Identifier: GPL-3.0-or-later
// honesty.c — see honesty.h.
#include "cli/honesty.h"

#include <math.h>

#include "base/memory.h"

void honesty_add(struct honesty *h, int64_t elapsed_ns, double shown)
{
    if (h->count > 0 && elapsed_ns - h->samples[h->count - 1].elapsed_ns < HONESTY_STEP_NS)
        return;
    if (h->count == h->capacity) {
        h->capacity = h->capacity ? h->capacity * 2 : 256;
        h->samples = mem_resize(h->samples, h->capacity, sizeof(*h->samples));
    }
    h->samples[h->count++] = (struct honesty_sample){elapsed_ns, shown};
}

void honesty_errors(const struct honesty *h, int64_t total_ns, double *ret_mean, double *ret_worst)
{
    double sum = 0;
    size_t n = 0;
    *ret_worst = 0;
    for (size_t i = 0; i < h->count && h->samples[i].elapsed_ns <= total_ns; i++) {
        double truth = (double)h->samples[i].elapsed_ns / (double)total_ns;
        double error = fabs(h->samples[i].shown - truth);
        sum += error;
        *ret_worst = fmax(*ret_worst, error);
        n++;
    }
    *ret_mean = n ? sum / (double)n : 0;
}

void honesty_done(struct honesty *h)
{
    free(h->samples);
    *h = (struct honesty){0};
}
