// SPDX-License-Identifier: GPL-3.0-or-later
// audio_mix.c — see audio_mix.h. Each read is made of short chunks, in which the parts that sound
// are added one by one.
#include "media/audio_mix.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 1024, MAX_CHANNELS = 2 };

static struct audio_mix *of_tape(struct audio_tape *tape)
{
    return (struct audio_mix *)tape;
}

// The share at sample k of a fade over n samples.
static float rise(int64_t k, int64_t n)
{
    return k < n ? ((float)k + 0.5F) / (float)n : 1;
}

static float gain(const struct audio_mix_part *part, int64_t at)
{
    return fminf(rise(at - part->begin, part->fade_in), rise(part->end - 1 - at, part->fade_out));
}

// Adds what part first + slot sounds in [position, position + n) to dst.
static enum status add_part(struct audio_mix *m, size_t slot, float *dst, int64_t n,
                            struct error *err)
{
    const struct audio_mix_part *part = &m->o.parts[m->first + slot];
    int64_t from = part->begin > m->position ? part->begin : m->position;
    int64_t to = part->end < m->position + n ? part->end : m->position + n;
    if (from >= to)
        return OK;
    enum status status = OK;
    if (!m->open[slot])
        status = m->o.open(m->o.context, m->first + slot, &m->track[slot], err);
    m->open[slot] = true;
    if (status != OK || !m->track[slot])
        return status;
    float sound[CHUNK * MAX_CHANNELS];
    size_t channels = (size_t)m->o.channels;
    size_t got = 0;
    status = audio_track_read(m->track[slot], sound, (size_t)(to - from), &got, err);
    if (status != OK)
        return status;
    dst += (size_t)(from - m->position) * channels;
    for (size_t i = 0; i < got * channels; i++)
        dst[i] += gain(part, from + (int64_t)(i / channels)) * sound[i];
    return OK;
}

static void leave_parts(struct audio_mix *m)
{
    while (m->first < m->o.part_count && m->o.parts[m->first].end <= m->position) {
        if (m->open[0])
            m->o.close(m->o.context, m->first);
        m->track[0] = m->track[1];
        m->open[0] = m->open[1];
        m->track[1] = NULL;
        m->open[1] = false;
        m->first++;
    }
}

static enum status read_mix(struct audio_tape *tape, float *dst, size_t n, struct error *err)
{
    struct audio_mix *m = of_tape(tape);
    size_t channels = (size_t)m->o.channels;
    memset(dst, 0, n * channels * sizeof(*dst));
    while (n > 0) {
        leave_parts(m);
        size_t chunk = n < CHUNK ? n : CHUNK;
        // Not beyond the end of the first part: then only two sound.
        if (m->first < m->o.part_count && m->o.parts[m->first].end - m->position < (int64_t)chunk)
            chunk = (size_t)(m->o.parts[m->first].end - m->position);
        for (size_t slot = 0; slot < 2 && m->first + slot < m->o.part_count; slot++) {
            enum status status = add_part(m, slot, dst, (int64_t)chunk, err);
            if (status != OK)
                return status;
        }
        m->position += (int64_t)chunk;
        dst += chunk * channels;
        n -= chunk;
    }
    return OK;
}

static enum status seek_mix(struct audio_tape *tape, double start_s, struct error *err)
{
    const struct audio_mix *m = of_tape(tape);
    if (m->position == 0 && start_s <= 0)
        return OK;
    return error_set(err, ERR_INTERNAL, "the sound of several clips plays forward only");
}

void audio_mix_init(struct audio_mix *mix, const struct audio_mix_options *options)
{
    *mix = (struct audio_mix){.tape = {.seek = seek_mix, .read = read_mix}, .o = *options};
}
