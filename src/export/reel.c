// SPDX-License-Identifier: GPL-3.0-or-later
// reel.c — see reel.h.
//
// Two cursors walk over the runs of the clip that is shown and of the one behind it; whichever
// run appears first in the film is cut first. splice.h promises that no third clip is shown.
#include "export/reel.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "media/audio_mix.h"

enum { KEPT_OPEN = 4 }; // clips whose source stays open for reading after it was probed

struct cursor {
    size_t run;  // the next one of its clip
    uint64_t at; // the first frame of the film that shows it
};

struct reel {
    struct reel_options o;
    struct clip **clips;
    size_t count;
    struct rational fps;
    uint64_t bytes;
    struct pixel_classes classes; // of the frames to enlarge
    struct splice splice;
    struct film_chapter *chapters;
    char (*titles)[FILM_MAX_CHAPTER_TITLE_BYTES + 1];
    // -- owned by the thread that cuts
    size_t shown;             // the earliest clip with frames left
    size_t fetched;           // how many clips' bytes were asked for ahead
    struct cursor cursors[2]; // in it and in the one behind it
    // -- owned by the thread of the sound
    struct audio_mix_part *parts;
    struct audio_mix mix;
    struct timeline_piece piece;
    struct audio_track *sound;
};

// ---- opening ----

static enum status open_clip(struct reel *r, size_t i, struct error *err)
{
    const struct spec *spec = r->o.spec;
    const struct clip_options options = {
        .spec = spec_clip_at(spec, i),
        .film = spec->output_size,
        .has_fps = spec->has_fps || i > 0,
        .fps = i > 0 ? r->fps : spec->fps,
        .audio = spec->audio,
        .storage = r->o.storage,
        .download = r->o.download,
        .cancel = r->o.cancel,
        .threads = r->o.threads,
    };
    enum status status = clip_open(&options, &r->clips[i], err);
    if (status != OK)
        return status;
    if (clip_reads(r->clips[i], spec->output))
        return error_set(err, ERR_INVALID, "output: %s is the input itself", spec->output);
    return OK;
}

static enum status plan_clip(struct reel *r, size_t i, uint64_t *ret_frames, struct error *err)
{
    if (r->count > 1)
        meter_item(r->o.download, (uint32_t)i + 1, (uint32_t)r->count);
    enum status status = open_clip(r, i, err);
    if (status != OK)
        return r->o.spec->type == EXPORT_MULTI_CLIP && status != ERR_CANCELLED
                   ? error_wrap(err, "clips[%zu]", i)
                   : status;
    const struct timeline *t = clip_timeline(r->clips[i]);
    r->fps = t->fps;
    r->bytes += clip_bytes(r->clips[i]);
    *ret_frames = t->output_frames;
    if (i >= KEPT_OPEN) {
        clip_rest(r->clips[i]);
        clip_sound_rest(r->clips[i]); // and what is kept of the source
    }
    return OK;
}

// Calls `take` with the pixels of each frame that the network will see.
static void each_size(struct reel *r, void (*take)(struct pixel_classes *classes, uint64_t pixels))
{
    for (size_t i = 0; i < r->count; i++) {
        for (size_t k = 0; k < clip_timeline(r->clips[i])->run_count; k++) {
            uint64_t pixels = clip_pixels_at(r->clips[i], k);
            if (pixels > 0)
                take(&r->classes, pixels);
        }
    }
}

static enum status plan_clips(struct reel *r, struct error *err)
{
    uint64_t *frames AUTO(mem_free) = mem_zeroed(r->count, sizeof(*frames));
    uint64_t total = 0;
    for (size_t i = 0; i < r->count; i++) {
        enum status status = plan_clip(r, i, &frames[i], err);
        if (status != OK)
            return status;
        total += frames[i];
        if (total > TIMELINE_MAX_FRAMES)
            return error_set(err, ERR_LIMIT, "the clips make more than %d frames",
                             TIMELINE_MAX_FRAMES);
    }
    each_size(r, pixel_classes_widen);
    each_size(r, pixel_classes_count);
    pixel_classes_finish(&r->classes);
    const struct spec *spec = r->o.spec;
    struct transition transition = {0};
    if (spec->type == EXPORT_MULTI_CLIP)
        transition = spec->part.multi.transition;
    return splice_build(transition, r->fps, frames, r->count, &r->splice, err);
}

static void name_chapters(struct reel *r)
{
    r->chapters = mem_zeroed(r->count, sizeof(*r->chapters));
    r->titles = mem_zeroed(r->count, sizeof(*r->titles));
    double fps = rational_value(r->fps);
    for (size_t i = 0; i < r->count; i++) {
        const struct spec_clip clip = spec_clip_at(r->o.spec, i);
        bool last = i + 1 == r->count;
        uint64_t end = last ? r->splice.frames : r->splice.places[i + 1].first;
        if (clip.name && clip.name[0])
            (void)snprintf(r->titles[i], sizeof(r->titles[i]), "%s", clip.name);
        else
            (void)snprintf(r->titles[i], sizeof(r->titles[i]), "Clip %zu", i + 1);
        r->chapters[i] = (struct film_chapter){
            .title = r->titles[i],
            .start_s = (double)r->splice.places[i].first / fps,
            .end_s = (double)end / fps,
        };
    }
}

enum status reel_open(const struct reel_options *options, struct reel **ret, struct error *err)
{
    *ret = NULL;
    struct reel *r = mem_new(struct reel);
    r->o = *options;
    r->count = spec_clip_count(options->spec);
    r->clips = mem_zeroed(r->count, sizeof(struct clip *));
    enum status status = plan_clips(r, err);
    if (status != OK) {
        reel_free(r);
        return status;
    }
    name_chapters(r);
    if (r->count > 1)
        r->cursors[1].at = r->splice.places[1].first;
    *ret = r;
    return OK;
}

void reel_free(struct reel *r)
{
    if (!r)
        return;
    audio_track_free(r->sound);
    for (size_t i = 0; i < r->count; i++)
        clip_free(r->clips[i]);
    splice_done(&r->splice);
    free(r->clips);
    free(r->chapters);
    free(r->titles);
    free(r->parts);
    free(r);
}

struct reel_totals reel_totals(const struct reel *r)
{
    return (struct reel_totals){
        .fps = r->fps,
        .frames = r->splice.frames,
        .to_enlarge = r->classes.frames,
        .pixels = r->classes.frames ? r->classes.pixels / r->classes.frames : 0,
        .bytes = r->bytes,
        .clips = (uint32_t)r->count,
    };
}

const struct pixel_classes *reel_classes(const struct reel *r)
{
    return &r->classes;
}

const struct splice *reel_splice(const struct reel *r)
{
    return &r->splice;
}

const struct film_chapter *reel_chapters(const struct reel *r, size_t *ret_count)
{
    bool named = spec_clip_at(r->o.spec, 0).name != NULL;
    *ret_count = r->count > 1 || named ? r->count : 0;
    return r->chapters;
}

// ---- pictures ----

bool reel_more(const struct reel *r)
{
    return r->shown < r->count;
}

static bool exhausted(const struct reel *r, size_t slot)
{
    return r->cursors[slot].run == clip_timeline(r->clips[r->shown + slot])->run_count;
}

// The cursor whose run is shown first.
static size_t next_slot(const struct reel *r)
{
    bool second = r->shown + 1 < r->count && !exhausted(r, 1);
    return second && r->cursors[1].at < r->cursors[0].at ? 1 : 0;
}

static void leave_clips(struct reel *r)
{
    while (r->shown < r->count && exhausted(r, 0)) {
        clip_rest(r->clips[r->shown]);
        r->shown++;
        r->cursors[0] = r->cursors[1];
        r->cursors[1] = (struct cursor){0};
        if (r->shown + 1 < r->count)
            r->cursors[1].at = r->splice.places[r->shown + 1].first;
    }
}

// The bytes of the next clip, which should not have to wait for them; but not before this one has
// what it reads next: on a slow line each would make the other late.
static void fetch_ahead(struct reel *r, size_t clip)
{
    if (clip + 1 == r->count || r->fetched > clip + 1 || !clip_sated(r->clips[clip]))
        return;
    clip_ahead(r->clips[clip + 1]);
    r->fetched = clip + 2;
}

void reel_ahead(struct reel *r)
{
    clip_ahead(r->clips[0]);
    r->fetched = 1;
}

enum status reel_cut(struct reel *r, struct frame *frame, struct error *err)
{
    assert(reel_more(r));
    size_t slot = next_slot(r);
    struct cursor *cursor = &r->cursors[slot];
    frame->clip = r->shown + slot;
    frame->at = cursor->at;
    if (r->count > 1)
        meter_item(r->o.download, (uint32_t)frame->clip + 1, (uint32_t)r->count);
    fetch_ahead(r, frame->clip);
    enum status status = clip_cut(r->clips[frame->clip], cursor->run, frame, err);
    cursor->at += frame->repeats;
    cursor->run++;
    leave_clips(r);
    return status;
}

// ---- sound ----

// The sample that sounds when a frame of the film is first shown.
static int64_t sample_at(const struct reel *r, uint64_t frame)
{
    return llround((double)frame / rational_value(r->fps) * CLIP_SOUND_RATE_HZ);
}

static void place_sounds(struct reel *r)
{
    r->parts = mem_zeroed(r->count, sizeof(*r->parts));
    for (size_t i = 0; i < r->count; i++) {
        const struct splice_place *place = &r->splice.places[i];
        uint64_t end = place->first + place->frames;
        struct audio_mix_part *part = &r->parts[i];
        part->begin = sample_at(r, place->first);
        part->end = sample_at(r, end);
        part->fade_in = sample_at(r, place->first + place->fade_in) - part->begin;
        part->fade_out = part->end - sample_at(r, end - place->fade_out);
    }
}

static enum status open_part(void *context, size_t i, struct audio_track **ret, struct error *err)
{
    struct reel *r = context;
    struct clip_sound sound;
    enum status status = clip_sound(r->clips[i], &sound, err);
    *ret = sound.track;
    return status;
}

static void close_part(void *context, size_t i)
{
    const struct reel *r = context;
    clip_sound_rest(r->clips[i]);
}

enum status reel_sound(struct reel *r, struct audio_track **ret, struct error *err)
{
    *ret = NULL;
    bool sounds = false;
    for (size_t i = 0; i < r->count; i++)
        sounds |= clip_has_sound(r->clips[i]);
    if (!sounds)
        return OK;
    place_sounds(r);
    const struct audio_mix_options mixing = {
        .parts = r->parts,
        .part_count = r->count,
        .channels = CLIP_SOUND_CHANNELS,
        .open = open_part,
        .close = close_part,
        .context = r,
    };
    audio_mix_init(&r->mix, &mixing);
    double duration_s = (double)r->splice.frames / rational_value(r->fps);
    r->piece = (struct timeline_piece){
        .source_end_s = duration_s, .speed = 1, .output_duration_s = duration_s};
    const struct audio_track_options whole = {
        .pieces = &r->piece,
        .piece_count = 1,
        .duration_s = duration_s,
        .rate_hz = CLIP_SOUND_RATE_HZ,
        .channels = CLIP_SOUND_CHANNELS,
    };
    enum status status = audio_track_new(&r->mix.tape, &whole, &r->sound, err);
    *ret = r->sound;
    return status;
}
