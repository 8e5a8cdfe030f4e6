// SPDX-License-Identifier: GPL-3.0-or-later
// moments.c — see moments.h.
//
// A moment's timeline is built when it is needed and from the frames around it, so that memory
// and time stay in proportion to what is shown and not to moments × the length of the source.
#include "export/moments.h"

#include <inttypes.h>
#include <stdio.h>

#include "export/metered_io.h"
#include "media/audio_reader.h"
#include "media/decoder.h"
#include "media/reader.h"

#define WINDOW_S 1.0 // of frame times around a moment: enough to see whether they are steady

struct moment {
    char *skipped; // NULL: not skipped
    uint64_t first_frame, frames;
};

struct moments {
    struct moments_options o;
    struct source *source;
    struct metered_source metered;
    struct reader *reader;
    struct decoder *decoder;
    struct frame_times times;
    struct moment *moments;
    size_t count, shown;
    uint64_t frames;
    struct rational fps;
    // -- where moments_next() stands
    size_t at;                // the moment
    struct timeline timeline; // its own; empty before its first picture
    size_t run;
    // -- the sound
    struct timeline_piece *pieces; // of the shown moments
    struct audio_reader *sound_reader;
    struct audio_reader_tape tape;
    struct audio_track *track;
};

static const struct spec_moment *wish_of(const struct moments *ms, size_t i)
{
    return &ms->o.spec->part.annotate.moments[i];
}

// ---- what each moment gives ----

static void skip(struct moments *ms, size_t i, const char *reason)
{
    if (!ms->moments[i].skipped)
        ms->moments[i].skipped = mem_strdup(reason);
}

// The number of frames that begin before `time_s`.
static size_t frames_before(const struct frame_times *times, double time_s)
{
    size_t low = 0;
    size_t high = times->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times->start_s[middle] < time_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum status build_timeline(const struct moments *ms, size_t i, struct timeline *ret,
                                  struct error *err)
{
    const struct spec_moment *m = wish_of(ms, i);
    const struct media_info *info = reader_info(ms->reader);
    size_t first = frames_before(&ms->times, m->start_s - WINDOW_S);
    size_t behind = frames_before(&ms->times, m->end_s + WINDOW_S);
    if (first == ms->times.count)
        first--;
    if (behind <= first)
        behind = first + 1;
    struct frame_times around = {
        .start_s = ms->times.start_s + first,
        .count = behind - first,
        .end_s = behind < ms->times.count ? ms->times.start_s[behind] : ms->times.end_s,
    };
    const struct timeline_wish wish = {
        .trim = {.start_s = m->start_s, .has_end = true, .end_s = m->end_s},
        .has_fps = ms->o.spec->has_fps,
        .fps = ms->o.spec->fps,
    };
    const struct timeline_source source = {
        .times = &around,
        .first_index = first,
        .duration_s = info->duration_s,
        .fps = info->fps,
    };
    return timeline_build(&wish, &source, ret, err);
}

static bool lies_behind(const struct moments *ms, const struct spec_moment *m, char *why,
                        size_t size)
{
    const struct media_info *info = reader_info(ms->reader);
    bool starts_behind = m->start_s >= info->duration_s;
    if (!starts_behind && m->end_s <= info->duration_s + 0.5 / rational_value(info->fps))
        return false;
    (void)snprintf(why, size, "it %s at %.6g s, behind the end of the source (%.6g s)",
                   starts_behind ? "starts" : "ends", starts_behind ? m->start_s : m->end_s,
                   info->duration_s);
    return true;
}

static enum status measure(struct moments *ms, size_t i, struct error *err)
{
    char why[128];
    struct timeline timeline = {0};
    if (lies_behind(ms, wish_of(ms, i), why, sizeof(why))) {
        skip(ms, i, why);
        return OK;
    }
    enum status status = build_timeline(ms, i, &timeline, err);
    if (status != OK)
        return error_wrap(err, "clips[%zu]", i);
    ms->fps = timeline.fps;
    ms->moments[i].frames = timeline.output_frames;
    timeline_done(&timeline);
    return OK;
}

// Gives each moment its place in the film.
static enum status arrange(struct moments *ms, struct error *err)
{
    ms->frames = 0;
    ms->shown = 0;
    for (size_t i = 0; i < ms->count; i++) {
        struct moment *m = &ms->moments[i];
        if (m->skipped)
            continue;
        m->first_frame = ms->frames;
        ms->frames += m->frames;
        ms->shown++;
    }
    if (ms->frames > TIMELINE_MAX_FRAMES)
        return error_set(err, ERR_LIMIT, "the output would have %" PRIu64 " frames, more than %d",
                         ms->frames, TIMELINE_MAX_FRAMES);
    return OK;
}

static void rewind_all(struct moments *ms)
{
    timeline_done(&ms->timeline);
    ms->at = 0;
    ms->run = 0;
}

// ---- opening ----

static enum status open_source(struct moments *ms, struct error *err)
{
    const char *input = ms->o.spec->input;
    enum status status = source_open(ms->o.storage, input, ms->o.cancel, &ms->source, err);
    if (status != OK)
        return status;
    metered_source_init(&ms->metered, ms->source, ms->o.download);
    status = reader_open(source_bytes(ms->source), input, ms->o.cancel, &ms->reader, err);
    if (status == OK)
        status = reader_frame_times(ms->reader, &ms->times, err);
    return status == OK ? decoder_open(ms->reader, ms->o.threads, &ms->decoder, err) : status;
}

// Has the store fetch what the film needs, in the order in which it does.
static void fetch_ahead(struct moments *ms)
{
    for (size_t i = 0; i < ms->count; i++) {
        const struct spec_moment *m = wish_of(ms, i);
        if (!ms->moments[i].skipped)
            reader_expect(ms->reader, m->start_s, m->end_s, ms->o.spec->audio);
    }
    source_ahead(ms->source);
}

enum status moments_open(const struct moments_options *options, struct moments **ret,
                         struct error *err)
{
    *ret = NULL;
    AUTO(moments_free) struct moments *ms = mem_new(struct moments);
    ms->o = *options;
    ms->count = options->spec->part.annotate.count;
    ms->moments = mem_zeroed(ms->count, sizeof(*ms->moments));
    enum status status = open_source(ms, err);
    for (size_t i = 0; status == OK && i < ms->count; i++)
        status = measure(ms, i, err);
    if (status == OK)
        status = arrange(ms, err);
    if (status != OK)
        return status;
    fetch_ahead(ms);
    *ret = ms;
    ms = NULL;
    return OK;
}

void moments_free(struct moments *ms)
{
    if (!ms)
        return;
    audio_track_free(ms->track);
    audio_reader_free(ms->sound_reader);
    timeline_done(&ms->timeline);
    decoder_free(ms->decoder);
    reader_free(ms->reader);
    source_free(ms->source);
    frame_times_done(&ms->times);
    for (size_t i = 0; i < ms->count; i++)
        free(ms->moments[i].skipped);
    free(ms->moments);
    free(ms->pieces);
    free(ms);
}

// ---- asking ----

const struct media_info *moments_info(const struct moments *ms)
{
    return reader_info(ms->reader);
}

struct rational moments_fps(const struct moments *ms)
{
    return ms->fps;
}

uint64_t moments_frames(const struct moments *ms)
{
    return ms->frames;
}

size_t moments_shown(const struct moments *ms)
{
    return ms->shown;
}

struct moments_state moments_state(const struct moments *ms, size_t i)
{
    const struct moment *m = &ms->moments[i];
    return (struct moments_state){m->skipped, m->first_frame, m->frames};
}

static int by_start(const void *a, const void *b)
{
    const struct trim *x = a;
    const struct trim *y = b;
    return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

uint64_t moments_bytes(const struct moments *ms)
{
    struct trim *parts = mem_zeroed(ms->count, sizeof(*parts));
    size_t n = 0;
    for (size_t i = 0; i < ms->count; i++) {
        if (!ms->moments[i].skipped)
            parts[n++] = (struct trim){.start_s = wish_of(ms, i)->start_s,
                                       .end_s = wish_of(ms, i)->end_s};
    }
    qsort(parts, n, sizeof(*parts), by_start);
    uint64_t bytes = 0;
    for (size_t i = 0; i < n;) {
        struct trim all = parts[i++];
        for (; i < n && parts[i].start_s <= all.end_s; i++)
            all.end_s = parts[i].end_s > all.end_s ? parts[i].end_s : all.end_s;
        bytes += reader_bytes_needed(ms->reader, all.start_s, all.end_s);
    }
    free(parts);
    return metered_source_total(&ms->metered, bytes);
}

bool moments_reads(const struct moments *ms, const char *where)
{
    return source_is_same(ms->source, where);
}

// ---- the pictures ----

// The next run of the timeline that has one, across moments; false at the end.
static bool seek_run(struct moments *ms, enum status *ret_status, struct error *err)
{
    *ret_status = OK;
    while (ms->at < ms->count) {
        if (!ms->moments[ms->at].skipped) {
            if (ms->timeline.run_count == 0)
                *ret_status = build_timeline(ms, ms->at, &ms->timeline, err);
            if (*ret_status != OK || ms->run < ms->timeline.run_count)
                return *ret_status == OK;
        }
        timeline_done(&ms->timeline);
        ms->run = 0;
        ms->at++;
    }
    return false;
}

enum status moments_next(struct moments *ms, struct moments_shot *ret, struct error *err)
{
    enum status status;
    *ret = (struct moments_shot){0};
    if (!seek_run(ms, &status, err))
        return status;
    const struct timeline_run *run = &ms->timeline.runs[ms->run++];
    ret->moment = ms->at;
    ret->repeats = run->repeats;
    return decoder_next(ms->decoder, run->source_index, &ret->picture, err);
}

static enum status pass_on(const struct error *from, struct error *err)
{
    if (err)
        *err = *from;
    return from->status;
}

static void skip_damaged(struct moments *ms, const struct error *damage)
{
    skip(ms, ms->at, damage->text);
    timeline_done(&ms->timeline);
    ms->run = 0;
}

enum status moments_drop_damaged(struct moments *ms, const struct error *damage,
                                 void (*looked)(void *context, uint32_t frames), void *context,
                                 struct error *err)
{
    skip_damaged(ms, damage);
    for (;;) {
        struct moments_shot shot;
        struct error more = {0};
        enum status status = moments_next(ms, &shot, &more);
        if (status == ERR_MEDIA)
            skip_damaged(ms, &more);
        else if (status != OK)
            return pass_on(&more, err);
        else if (!shot.picture)
            break;
        else
            looked(context, shot.repeats);
        picture_unref(shot.picture);
    }
    rewind_all(ms);
    return arrange(ms, err);
}

// ---- the sound ----

static size_t make_pieces(struct moments *ms)
{
    size_t n = 0;
    double frame_s = 1 / rational_value(ms->fps);
    free(ms->pieces);
    ms->pieces = mem_zeroed(ms->shown, sizeof(*ms->pieces));
    for (size_t i = 0; i < ms->count; i++) {
        const struct moment *m = &ms->moments[i];
        if (m->skipped)
            continue;
        double length_s = (double)m->frames * frame_s;
        ms->pieces[n++] = (struct timeline_piece){
            .source_start_s = wish_of(ms, i)->start_s,
            .source_end_s = wish_of(ms, i)->start_s + length_s,
            .speed = 1,
            .output_start_s = (double)m->first_frame * frame_s,
            .output_duration_s = length_s,
        };
    }
    return n;
}

static enum status open_sound(struct moments *ms, struct error *err)
{
    const struct audio_reader_options reading = {
        .name = ms->o.spec->input,
        .origin_s = reader_info(ms->reader)->origin_s,
        .cancel = ms->o.cancel,
    };
    enum status status = audio_reader_open(source_bytes(ms->source), &reading, &ms->sound_reader,
                                           err);
    if (status == OK)
        audio_reader_tape_init(&ms->tape, ms->sound_reader);
    return status;
}

enum status moments_sound(struct moments *ms, struct moments_sound *ret, struct error *err)
{
    *ret = (struct moments_sound){0};
    audio_track_free(ms->track);
    ms->track = NULL;
    if (!ms->o.spec->audio || !reader_info(ms->reader)->has_audio || ms->shown == 0)
        return OK;
    enum status status = ms->sound_reader ? OK : open_sound(ms, err);
    if (status != OK)
        return status;
    size_t piece_count = make_pieces(ms);
    const struct audio_track_options options = {
        .pieces = ms->pieces,
        .piece_count = piece_count,
        .duration_s = (double)ms->frames / rational_value(ms->fps),
        .rate_hz = audio_reader_rate_hz(ms->sound_reader),
        .channels = audio_reader_channels(ms->sound_reader),
    };
    status = audio_track_new(&ms->tape.tape, &options, &ms->track, err);
    if (status == OK)
        *ret = (struct moments_sound){ms->track, options.rate_hz, options.channels};
    return status;
}
