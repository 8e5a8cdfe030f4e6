// SPDX-License-Identifier: GPL-3.0-or-later
// audio_tempo.c — see audio_tempo.h.
//
// WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity",
// ICASSP 1993). Windows of two hops are laid down one hop apart in the output and
// hop × speed apart in the input; each may move by up to `search` samples to where it best
// continues the window before it. The place in the input is computed from the window's number
// every time, so the error is bounded by `search` and never adds up. libavfilter's atempo was
// measured first: 25 to 140 ms off at speeds below 1, more than a frame.
#include "media/audio_tempo.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    HOP_PER_S = 100,    // 10 ms
    SEARCH_PER_S = 125, // 8 ms to either side
    COARSE_STEP = 4,    // the search looks at every 4th place first, with every 4th sample
    CAPACITY_HOPS = 20, // see audio_tempo_new()
};
#define OFF_CENTRE_COST 0.1 // of the similarity at the edge of the search: keeps silence centred

struct audio_tempo {
    double speed;
    size_t channels;
    size_t hop;
    int64_t search;
    float *rise; // hop values: the first half of the window; the second is 1 - rise

    // -- the input at hand: sample `base` of the input is sample 0 of these
    float *input; // interleaved
    float *mono;  // the channels' sum, for comparing
    size_t have;
    size_t capacity;
    int64_t base;

    // -- the output under way
    int64_t window;   // number of the next one
    int64_t previous; // input sample at the centre of the one before
    float *tail;      // hop samples: the falling half of the one before
    float *block;     // hop samples ready to be taken
    size_t block_left;
};

enum status audio_tempo_new(double speed, int rate_hz, int channels, struct audio_tempo **ret_tempo,
                            struct error *err)
{
    assert(channels == 1 || channels == 2);
    if (!(speed >= AUDIO_TEMPO_MIN && speed <= AUDIO_TEMPO_MAX))
        return error_set(err, ERR_INVALID, "a speed of %g: must be %g to %g", speed,
                         AUDIO_TEMPO_MIN, AUDIO_TEMPO_MAX);
    if (rate_hz < 8000 || rate_hz > 192000)
        return error_set(err, ERR_INVALID, "a sample rate of %d Hz: must be 8000 to 192000",
                         rate_hz);
    struct audio_tempo *t = mem_new(struct audio_tempo);
    t->speed = speed;
    t->channels = (size_t)channels;
    t->hop = (size_t)rate_hz / HOP_PER_S;
    t->search = rate_hz / SEARCH_PER_S;
    // at most 10 hops to the next window's centre, 2 around, 2 searches; then one feed on top
    t->capacity = CAPACITY_HOPS * t->hop + AUDIO_TEMPO_MAX_FEED;
    t->input = mem_zeroed(t->capacity * t->channels, sizeof *t->input);
    t->mono = mem_zeroed(t->capacity, sizeof *t->mono);
    t->rise = mem_zeroed(t->hop, sizeof *t->rise);
    t->tail = mem_zeroed(t->hop * t->channels, sizeof *t->tail);
    t->block = mem_zeroed(t->hop * t->channels, sizeof *t->block);
    for (size_t i = 0; i < t->hop; i++) {
        double s = sin(M_PI / 2 * ((double)i + 0.5) / (double)t->hop);
        t->rise[i] = (float)(s * s);
    }
    // silence lies before the input
    t->have = t->hop + (size_t)t->search;
    t->base = -(int64_t)t->have;
    *ret_tempo = t;
    return OK;
}

void audio_tempo_free(struct audio_tempo *t)
{
    if (!t)
        return;
    free(t->input);
    free(t->mono);
    free(t->rise);
    free(t->tail);
    free(t->block);
    free(t);
}

// How alike are the windows that begin at a and b (places in mono)? Normalised by b's energy, so
// that values for one a compare.
static double similarity(const struct audio_tempo *t, size_t a, size_t b, size_t step)
{
    float product = 0, energy = 1e-6F;
    for (size_t i = 0; i < 2 * t->hop; i += step) {
        product += t->mono[a + i] * t->mono[b + i];
        energy += t->mono[b + i] * t->mono[b + i];
    }
    return product / sqrt((double)energy);
}

// Of the places centre + k × step, |k| ≤ reach / step, the centre of the window most like the
// one around `natural`. All are input samples.
static int64_t best_near(const struct audio_tempo *t, int64_t natural, int64_t nominal,
                         int64_t centre, int64_t reach, int64_t step)
{
    int64_t half = (int64_t)t->hop, best = centre;
    double best_score = -INFINITY;
    for (int64_t k = 0; k <= 2 * (reach / step); k++) { // 0, +1, -1, +2, -2 … steps
        int64_t at = centre + (k % 2 ? 1 : -1) * ((k + 1) / 2) * step;
        double off = fabs((double)(at - nominal)) / (double)t->search;
        if (off > 1)
            continue;
        double like = similarity(t, (size_t)(natural - half - t->base),
                                 (size_t)(at - half - t->base), (size_t)step);
        double score = like - OFF_CENTRE_COST * off * fabs(like);
        if (score > best_score) {
            best_score = score;
            best = at;
        }
    }
    return best;
}

// Lays the window centred at input sample `at` into block and tail.
static void overlap_add(struct audio_tempo *t, int64_t at)
{
    size_t n = t->hop * t->channels;
    const float *falling = t->input + (size_t)(at - t->base) * t->channels;
    const float *rising = falling - n;
    for (size_t i = 0; i < n; i++) {
        float rise = t->rise[i / t->channels];
        t->block[i] = t->tail[i] + rise * rising[i];
        t->tail[i] = (1 - rise) * falling[i];
    }
}

static void drop_before(struct audio_tempo *t, int64_t sample)
{
    if (sample <= t->base)
        return;
    size_t n = (size_t)(sample - t->base);
    t->have -= n;
    memmove(t->input, t->input + n * t->channels, t->have * t->channels * sizeof *t->input);
    memmove(t->mono, t->mono + n, t->have * sizeof *t->mono);
    t->base = sample;
}

static int64_t nominal_place(const struct audio_tempo *t, int64_t window)
{
    return llround((double)window * (double)t->hop * t->speed);
}

// Makes the next block; false when the input at hand does not suffice.
static bool next_block(struct audio_tempo *t)
{
    int64_t hop = (int64_t)t->hop;
    int64_t nominal = nominal_place(t, t->window);
    int64_t natural = t->window == 0 ? 0 : t->previous + hop;
    int64_t last = (nominal + t->search > natural ? nominal + t->search : natural) + hop;
    if (t->base + (int64_t)t->have < last)
        return false;
    int64_t at = nominal;
    if (t->window > 0) {
        at = best_near(t, natural, nominal, nominal, t->search, COARSE_STEP);
        at = best_near(t, natural, nominal, at, COARSE_STEP - 1, 1);
    }
    overlap_add(t, at);
    t->previous = at;
    t->window++;
    int64_t keep = nominal_place(t, t->window) - t->search - hop;
    drop_before(t, keep < at ? keep : at);
    return true;
}

size_t audio_tempo_take(struct audio_tempo *t, float *dst, size_t n)
{
    size_t taken = 0;
    while (taken < n) {
        if (t->block_left == 0) {
            if (!next_block(t))
                break;
            // the block of window 0 lies before the output's first sample
            t->block_left = t->window == 1 ? 0 : t->hop;
            continue;
        }
        size_t chunk = n - taken < t->block_left ? n - taken : t->block_left;
        memcpy(dst + taken * t->channels, t->block + (t->hop - t->block_left) * t->channels,
               chunk * t->channels * sizeof *dst);
        t->block_left -= chunk;
        taken += chunk;
    }
    return taken;
}

void audio_tempo_feed(struct audio_tempo *t, const float *samples, size_t n)
{
    assert(n <= AUDIO_TEMPO_MAX_FEED && t->have + n <= t->capacity);
    memcpy(t->input + t->have * t->channels, samples, n * t->channels * sizeof *samples);
    for (size_t i = 0; i < n; i++)
        t->mono[t->have + i] = t->channels == 1 ? samples[i] : samples[2 * i] + samples[2 * i + 1];
    t->have += n;
}
