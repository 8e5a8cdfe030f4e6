// SPDX-License-Identifier: GPL-3.0-or-later
// clip.c — see clip.h.
#include "export/clip.h"

#include <math.h>

#include "export/metered_io.h"
#include "media/audio_reader.h"
#include "media/cropper.h"
#include "media/decoder.h"
#include "media/reader.h"

struct clip {
    struct clip_options o;
    struct source *source;
    struct metered_source metered;
    struct media_info info;
    struct timeline timeline;
    struct crop_path path;
    uint64_t bytes;
    // -- owned by the thread that cuts
    struct reader *reader;   // NULL while resting, as the next two
    struct decoder *decoder; // opened by the first picture
    struct cropper *cropper;
    // -- owned by the thread of the sound
    struct audio_reader *sound_reader;
    struct audio_reader_tape tape;
    struct audio_track *sound;
};

static enum status open_reader(struct clip *c, struct error *err)
{
    return reader_open(source_bytes(c->source), c->o.spec.input, c->o.cancel, &c->reader, err);
}

static enum status open_source(struct clip *c, struct error *err)
{
    enum status status = source_open(c->o.storage, c->o.spec.input, c->o.cancel, &c->source, err);
    if (status != OK)
        return status;
    metered_source_init(&c->metered, c->source, c->o.download);
    return open_reader(c, err);
}

// Which frames and which crops, from the spec and the source's own time stamps.
static enum status plan(struct clip *c, struct error *err)
{
    const struct spec_clip *spec = &c->o.spec;
    struct frame_times times = {0};
    enum status status = reader_frame_times(c->reader, &times, err);
    c->info = *reader_info(c->reader);
    const struct media_info *info = &c->info;
    if (status == OK)
        status = spec_clip_check(spec, info->width, info->height, err);
    if (status == OK) {
        struct timeline_wish wish = {
            .trim = spec->trim,
            .segments = spec->segments,
            .segment_count = spec->segment_count,
            .has_fps = c->o.has_fps,
            .fps = c->o.fps,
        };
        struct timeline_source source = {
            .times = &times,
            .duration_s = info->duration_s,
            .fps = info->fps,
        };
        status = timeline_build(&wish, &source, &c->timeline, err);
    }
    frame_times_done(&times);
    if (status == OK) {
        c->bytes = metered_source_total(
            &c->metered, reader_bytes_needed(c->reader, c->timeline.start_s, c->timeline.end_s));
        reader_expect(c->reader, c->timeline.start_s, c->timeline.end_s, c->o.audio);
    }
    c->path = (struct crop_path){
        .keyframes = spec->keyframes,
        .count = spec->keyframe_count,
        .frame_width = info->width,
        .frame_height = info->height,
        .aspect = (double)c->o.film.width / c->o.film.height,
    };
    return status;
}

enum status clip_open(const struct clip_options *options, struct clip **ret, struct error *err)
{
    *ret = NULL;
    struct clip *c = mem_new(struct clip);
    c->o = *options;
    enum status status = open_source(c, err);
    if (status == OK)
        status = plan(c, err);
    if (status != OK) {
        clip_free(c);
        return status;
    }
    *ret = c;
    return OK;
}

void clip_free(struct clip *c)
{
    if (!c)
        return;
    clip_sound_rest(c);
    clip_rest(c);
    timeline_done(&c->timeline);
    source_free(c->source);
    free(c);
}

void clip_ahead(struct clip *c)
{
    source_ahead(c->source);
}

bool clip_sated(const struct clip *c)
{
    return source_sated(c->source);
}

void clip_rest(struct clip *c)
{
    cropper_free(c->cropper);
    decoder_free(c->decoder);
    reader_free(c->reader);
    c->cropper = NULL;
    c->decoder = NULL;
    c->reader = NULL;
    if (c->source && !clip_has_sound(c)) // whose reader may want the same bytes later
        source_rest(c->source);
}

void clip_sound_rest(struct clip *c)
{
    audio_track_free(c->sound);
    audio_reader_free(c->sound_reader);
    c->sound = NULL;
    c->sound_reader = NULL;
    if (c->source)
        source_rest(c->source);
}

const struct media_info *clip_info(const struct clip *c)
{
    return &c->info;
}

const struct timeline *clip_timeline(const struct clip *c)
{
    return &c->timeline;
}

uint64_t clip_bytes(const struct clip *c)
{
    return c->bytes;
}

bool clip_reads(const struct clip *c, const char *where)
{
    return source_is_same(c->source, where);
}

// The size at which a crop is cut.
struct cut {
    int width, height;
    bool enlarge; // the network has to bring it to the film's size
};

static struct cut cut_of(const struct clip *c, const struct crop_rect *crop)
{
    const struct output_size film = c->o.film;
    if (crop->width >= film.width && crop->height >= film.height)
        return (struct cut){film.width, film.height, false};
    return (struct cut){(int)fmax(1, round(crop->width)), (int)fmax(1, round(crop->height)), true};
}

static struct crop_rect crop_of_run(const struct clip *c, size_t i)
{
    return crop_path_at(&c->path, c->timeline.runs[i].clip_time_s);
}

uint64_t clip_pixels_at(const struct clip *c, size_t i)
{
    struct crop_rect crop = crop_of_run(c, i);
    struct cut cut = cut_of(c, &crop);
    return cut.enlarge ? (uint64_t)cut.width * (uint64_t)cut.height : 0;
}

// Opens what is not open.
static enum status wake(struct clip *c, struct error *err)
{
    enum status status = c->reader ? OK : open_reader(c, err);
    if (status == OK && !c->decoder)
        status = decoder_open(c->reader, c->o.threads, &c->decoder, err);
    if (!c->cropper)
        c->cropper = cropper_new();
    return status;
}

enum status clip_picture(struct clip *c, size_t i, struct picture **ret, struct error *err)
{
    enum status status = wake(c, err);
    if (status != OK)
        return status;
    return decoder_next(c->decoder, c->timeline.runs[i].source_index, ret, err);
}

enum status clip_cut(struct clip *c, size_t i, struct frame *frame, struct error *err)
{
    const struct timeline_run *run = &c->timeline.runs[i];
    struct picture *picture AUTO(picture_unref) = NULL;
    enum status status = clip_picture(c, i, &picture, err);
    if (status != OK)
        return status;
    struct crop_rect crop = crop_of_run(c, i);
    struct cut cut = cut_of(c, &crop);
    frame->number = i;
    frame->repeats = run->repeats;
    frame->enlarge = cut.enlarge;
    const struct crop_wish wish = {
        .rect = crop,
        .rotation_deg = c->o.spec.rotation_deg,
        .width = cut.width,
        .height = cut.height,
    };
    return cropper_cut(c->cropper, picture, &wish, &frame->image, err);
}

static enum status open_sound(struct clip *c, struct error *err)
{
    struct audio_reader_options reading = {
        .name = c->o.spec.input,
        .rate_hz = CLIP_SOUND_RATE_HZ,
        .channels = CLIP_SOUND_CHANNELS,
        .origin_s = c->info.origin_s,
        .cancel = c->o.cancel,
    };
    enum status status = audio_reader_open(source_bytes(c->source), &reading, &c->sound_reader,
                                           err);
    if (status != OK)
        return status;
    audio_reader_tape_init(&c->tape, c->sound_reader);
    const struct timeline *t = &c->timeline;
    struct audio_track_options track = {
        .pieces = t->pieces,
        .piece_count = t->piece_count,
        .duration_s = (double)t->output_frames / rational_value(t->fps),
        .rate_hz = CLIP_SOUND_RATE_HZ,
        .channels = CLIP_SOUND_CHANNELS,
    };
    return audio_track_new(&c->tape.tape, &track, &c->sound, err);
}

bool clip_has_sound(const struct clip *c)
{
    return c->o.audio && c->info.has_audio;
}

enum status clip_sound(struct clip *c, struct clip_sound *ret, struct error *err)
{
    *ret = (struct clip_sound){0};
    if (!clip_has_sound(c))
        return OK;
    enum status status = c->sound ? OK : open_sound(c, err);
    if (status != OK)
        return status;
    *ret = (struct clip_sound){
        .track = c->sound,
        .rate_hz = CLIP_SOUND_RATE_HZ,
        .channels = CLIP_SOUND_CHANNELS,
    };
    return OK;
}
