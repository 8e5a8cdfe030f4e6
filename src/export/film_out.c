// SPDX-License-Identifier: GPL-3.0-or-later
// film_out.c — see film_out.h.
#include "export/film_out.h"

#include "export/metered_io.h"
#include "media/scaler.h"

enum { SOUND_CHUNK = 4096 }; // samples handed to the encoder at once

struct film_out {
    struct film_out_options o;
    struct sink *sink;
    struct metered_sink metered;
    struct scaler *scaler;
    struct film *film;
    int64_t pictures; // given to the encoder
    int64_t samples;  // likewise
    float *sound;     // SOUND_CHUNK samples of all channels
};

static void on_encoded(void *context, int64_t frames)
{
    const struct film_out *out = context;
    meter_set(out->o.encode, (uint64_t)frames);
}

enum status film_out_open(const struct film_out_options *options, struct film_out **ret,
                          struct error *err)
{
    *ret = NULL;
    struct film_out *out = mem_new(struct film_out);
    out->o = *options;
    out->o.film.on_encoded = on_encoded;
    out->o.film.on_encoded_context = out;
    enum status status = sink_open(options->storage, options->output, options->cancel, &out->sink,
                                   err);
    if (status == OK)
        status = scaler_new(options->film.width, options->film.height, &out->scaler, err);
    if (status == OK) {
        metered_sink_init(&out->metered, out->sink, options->upload);
        status = film_open(sink_bytes(out->sink), &out->o.film, options->cancel, &out->film, err);
    }
    if (status != OK) {
        film_out_free(out);
        return status;
    }
    out->sound = mem_zeroed((size_t)SOUND_CHUNK * 2, sizeof(float));
    *ret = out;
    return OK;
}

void film_out_free(struct film_out *out)
{
    if (!out)
        return;
    film_free(out->film);
    scaler_free(out->scaler);
    sink_free(out->sink);
    free(out->sound);
    free(out);
}

// Hands over the sound up to `until` samples, or all that is left of it.
static enum status feed_sound(struct film_out *out, int64_t until, struct error *err)
{
    while (out->o.sound && out->samples < until) {
        int64_t want = until - out->samples < SOUND_CHUNK ? until - out->samples : SOUND_CHUNK;
        size_t got = 0;
        enum status status = audio_track_read(out->o.sound, out->sound, (size_t)want, &got, err);
        if (status != OK || got == 0)
            return status;
        status = film_audio(out->film, out->sound, (int64_t)got, err);
        if (status != OK)
            return status;
        out->samples += (int64_t)got;
    }
    return OK;
}

// The samples that sound before picture `pictures` is shown.
static int64_t sound_before(const struct film_out *out, int64_t pictures)
{
    const struct film_options *film = &out->o.film;
    return pictures * film->fps_den * film->sample_rate / film->fps_num;
}

enum status film_out_scale(struct film_out *out, const struct image *image, struct picture **ret,
                           struct error *err)
{
    meter_work(out->o.encode);
    enum status status = scaler_picture(out->scaler, image, ret, err);
    meter_rest(out->o.encode);
    return status;
}

enum status film_out_picture(struct film_out *out, const struct picture *picture, uint32_t repeats,
                             struct error *err)
{
    enum status status = OK;
    meter_work(out->o.encode);
    for (uint32_t i = 0; status == OK && i < repeats; i++) {
        status = film_video(out->film, picture, err);
        out->pictures++;
    }
    if (status == OK)
        status = feed_sound(out, sound_before(out, out->pictures), err);
    meter_rest(out->o.encode);
    return status;
}

enum status film_out_image(struct film_out *out, const struct image *image, uint32_t repeats,
                           struct error *err)
{
    struct picture *picture AUTO(picture_unref) = NULL;
    enum status status = film_out_scale(out, image, &picture, err);
    return status == OK ? film_out_picture(out, picture, repeats, err) : status;
}

enum status film_out_finish(struct film_out *out, struct film_result *ret, struct error *err)
{
    meter_work(out->o.encode);
    enum status status = feed_sound(out, INT64_MAX, err);
    if (status == OK)
        status = film_finish(out->film, ret, err);
    meter_rest(out->o.encode);
    if (status != OK)
        return status;
    meter_end(out->o.encode);
    meter_total(out->o.upload, (uint64_t)ret->bytes);

    uint64_t stored = 0;
    status = sink_commit(out->sink, &stored, err);
    if (status != OK)
        return status;
    meter_end(out->o.upload);
    if (stored != (uint64_t)ret->bytes)
        return error_set(err, ERR_INTERNAL, "%s: wrote %lld bytes, the store has %llu",
                         out->o.output, (long long)ret->bytes, (unsigned long long)stored);
    return OK;
}
