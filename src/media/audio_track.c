// SPDX-License-Identifier: GPL-3.0-or-later
// audio_track.c — see audio_track.h.
//
// A piece is opened by a seek on the tape and, unless its speed is 1, a fresh audio_tempo. When
// its samples are used up, the next few that it would have given are kept as the tail,
// which is mixed into the beginning of the piece after it: a linear cross-fade, because the
// two sides are mostly the same sound (and then the sum is exact).
#include "media/audio_track.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "media/audio_tempo.h"

struct audio_track {
    struct audio_track_options options;
    struct audio_tape *tape;
    int64_t length;      // samples of the whole track
    int64_t position;    // samples given so far
    int64_t piece_begin; // place of the open piece in the output
    int64_t piece_end;
    size_t piece;              // the open one; piece_count before the first
    struct audio_tempo *tempo; // NULL at speed 1
    size_t fade;               // samples of a cross-fade
    float *tail;               // `fade` samples; zeros before the first piece
    float *feed;               // AUDIO_TEMPO_MAX_FEED, on the way into the tempo
};

// -- making --------------------------------------------------------------------------------------

enum status audio_track_new(struct audio_tape *tape, const struct audio_track_options *options,
                            struct audio_track **ret_track, struct error *err)
{
    assert(options->piece_count >= 1);
    assert(options->channels == 1 || options->channels == 2);
    for (size_t i = 0; i < options->piece_count; i++) {
        double speed = options->pieces[i].speed;
        if (!(speed >= AUDIO_TEMPO_MIN && speed <= AUDIO_TEMPO_MAX))
            return error_set(err, ERR_INVALID, "a speed of %g: must be %g to %g", speed,
                             AUDIO_TEMPO_MIN, AUDIO_TEMPO_MAX);
    }
    struct audio_track *t = mem_new(struct audio_track);
    size_t channels = (size_t)options->channels;
    t->options = *options;
    t->tape = tape;
    t->length = llround(options->duration_s * options->rate_hz);
    t->piece = options->piece_count;
    t->fade = (size_t)options->rate_hz * AUDIO_TRACK_FADE_MS / 1000;
    t->tail = mem_zeroed(t->fade * channels, sizeof *t->tail);
    t->feed = mem_zeroed(AUDIO_TEMPO_MAX_FEED * channels, sizeof *t->feed);
    *ret_track = t;
    return OK;
}

void audio_track_free(struct audio_track *t)
{
    if (!t)
        return;
    audio_tempo_free(t->tempo);
    free(t->tail);
    free(t->feed);
    free(t);
}

int64_t audio_track_length(const struct audio_track *t)
{
    return t->length;
}

// -- one piece -----------------------------------------------------------------------------------

// Writes the next n samples of the open piece, which may go on beyond its end.
static enum status piece_read(struct audio_track *t, float *dst, size_t n, struct error *err)
{
    if (!t->tempo)
        return t->tape->read(t->tape, dst, n, err);
    for (;;) {
        size_t taken = audio_tempo_take(t->tempo, dst, n);
        dst += taken * (size_t)t->options.channels;
        n -= taken;
        if (n == 0)
            return OK;
        enum status status = t->tape->read(t->tape, t->feed, AUDIO_TEMPO_MAX_FEED, err);
        if (status != OK)
            return status;
        audio_tempo_feed(t->tempo, t->feed, AUDIO_TEMPO_MAX_FEED);
    }
}

static int64_t place(const struct audio_track *t, double output_s)
{
    int64_t sample = llround(output_s * t->options.rate_hz);
    return sample < t->length ? sample : t->length;
}

static enum status piece_open(struct audio_track *t, size_t index, struct error *err)
{
    const struct timeline_piece *p = &t->options.pieces[index];
    bool last = index + 1 == t->options.piece_count;
    t->piece = index;
    t->piece_begin = t->position;
    t->piece_end = last ? t->length : place(t, p[1].output_start_s);
    audio_tempo_free(t->tempo);
    t->tempo = NULL;
    enum status status = OK;
    if (fabs(p->speed - 1) > 1e-9)
        status = audio_tempo_new(p->speed, t->options.rate_hz, t->options.channels, &t->tempo, err);
    return status == OK ? t->tape->seek(t->tape, p->source_start_s, err) : status;
}

// Leaves the open piece, keeping its tail, and opens the next that has samples.
static enum status piece_next(struct audio_track *t, struct error *err)
{
    bool first = t->piece == t->options.piece_count;
    enum status status = first ? OK : piece_read(t, t->tail, t->fade, err);
    size_t next = first ? 0 : t->piece + 1;
    while (next + 1 < t->options.piece_count &&
           place(t, t->options.pieces[next + 1].output_start_s) <= t->position)
        next++;
    return status == OK ? piece_open(t, next, err) : status;
}

// -- reading
// ---------------------------------------------------------------------------------------

// Fades the tail of the piece before into samples [at, at + n) of the open piece.
static void mix_tail(const struct audio_track *t, int64_t at, float *dst, size_t n)
{
    size_t channels = (size_t)t->options.channels;
    for (size_t i = 0; i < n && (size_t)at + i < t->fade; i++) {
        size_t k = (size_t)at + i;
        float share = ((float)k + 0.5F) / (float)t->fade;
        for (size_t c = 0; c < channels; c++) {
            float old = t->tail[k * channels + c];
            dst[i * channels + c] = old + share * (dst[i * channels + c] - old);
        }
    }
}

// Fades the track's last samples to silence; dst holds those from t->position on.
static void fade_end(const struct audio_track *t, float *dst, size_t n)
{
    size_t channels = (size_t)t->options.channels;
    for (size_t i = 0; i < n; i++) {
        int64_t left = t->length - (t->position + (int64_t)i);
        if (left > (int64_t)t->fade)
            continue;
        for (size_t c = 0; c < channels; c++)
            dst[i * channels + c] *= ((float)left - 0.5F) / (float)t->fade;
    }
}

enum status audio_track_read(struct audio_track *t, float *dst, size_t n, size_t *ret_n,
                             struct error *err)
{
    *ret_n = 0;
    while (*ret_n < n && t->position < t->length) {
        enum status status = OK;
        if (t->position == t->piece_end || t->piece == t->options.piece_count)
            status = piece_next(t, err);
        size_t chunk = n - *ret_n;
        int64_t left = t->piece_end - t->position;
        if ((int64_t)chunk > left)
            chunk = (size_t)left;
        float *out = dst + *ret_n * (size_t)t->options.channels;
        if (status == OK)
            status = piece_read(t, out, chunk, err);
        if (status != OK)
            return status;
        mix_tail(t, t->position - t->piece_begin, out, chunk);
        fade_end(t, out, chunk);
        t->position += (int64_t)chunk;
        *ret_n += chunk;
    }
    return OK;
}
