// SPDX-License-Identifier: GPL-3.0-or-later
// timeline.c — see timeline.h for the rules.
//
// The pieces make the map from output to source time continuous and ascending, so one walk over
// the output frames with two cursors (piece, source frame) finds everything.
#include "job/timeline.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"

// When frame i of the table begins, for the purpose of being shown.
struct beat {
    const struct frame_times *times;
    bool steady;
    double offset_s; // of the steady beat: frame i begins at offset_s + i × period_s
    double period_s;
};

// ---- checks ----

enum status segments_check(const struct segment *segments, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct segment *s = &segments[i];
        if (!(s->speed >= SPEED_MIN && s->speed <= SPEED_MAX))
            return error_set(err, ERR_INVALID,
                             "segments[%zu].speed: expected a number from %g to %g, got %g", i,
                             SPEED_MIN, SPEED_MAX, s->speed);
        if (!(s->end_s > s->start_s))
            return error_set(err, ERR_INVALID,
                             "segments[%zu].end: must be greater than its start (%g), got %g", i,
                             s->start_s, s->end_s);
        if (i > 0 && s->start_s < segments[i - 1].end_s)
            return error_set(err, ERR_INVALID,
                             "segments[%zu].start: must not be before the end of segments[%zu] "
                             "(%g), got %g",
                             i, i - 1, segments[i - 1].end_s, s->start_s);
    }
    return OK;
}

enum status trim_check(const struct trim *trim, double duration_s, double slack_s,
                       struct error *err)
{
    if (trim->start_s >= duration_s)
        return error_set(err, ERR_INVALID,
                         "trim.start: %.6g s is not before the end of the source, which lasts "
                         "%.6g s",
                         trim->start_s, duration_s);
    if (!trim->has_end)
        return OK;
    if (trim->end_s > duration_s + slack_s)
        return error_set(err, ERR_INVALID,
                         "trim.end: %.6g s is behind the end of the source, which lasts %.6g s",
                         trim->end_s, duration_s);
    if (trim->end_s <= trim->start_s)
        return error_set(err, ERR_INVALID,
                         "trim.end: must be greater than trim.start (%.6g), got %.6g",
                         trim->start_s, trim->end_s);
    return OK;
}

static struct rational output_fps(const struct timeline_wish *wish,
                                  const struct timeline_source *source)
{
    struct rational fps = rational_reduced(wish->has_fps ? wish->fps : source->fps);
    if (rational_value(fps) > TIMELINE_MAX_FPS)
        fps = (struct rational){TIMELINE_MAX_FPS, 1};
    return fps;
}

// ---- pieces ----

static void clamp_trim(struct timeline *t, const struct trim *trim, double duration_s)
{
    t->start_s = trim->start_s;
    t->end_s = trim->has_end ? fmin(trim->end_s, duration_s) : duration_s;
}

// Appends source time up to end_s at `speed`; nothing when there is none. The caller made room.
static void append_piece(struct timeline *t, double end_s, double speed)
{
    assert(t->pieces);
    const struct timeline_piece *last = t->piece_count ? &t->pieces[t->piece_count - 1] : NULL;
    double start_s = last ? last->source_end_s : t->start_s;
    if (!(end_s > start_s))
        return;
    t->pieces[t->piece_count++] = (struct timeline_piece){
        .source_start_s = start_s,
        .source_end_s = end_s,
        .speed = speed,
        .output_start_s = t->output_duration_s,
        .output_duration_s = (end_s - start_s) / speed,
    };
    t->output_duration_s += (end_s - start_s) / speed;
}

static void make_pieces(struct timeline *t, const struct timeline_wish *wish)
{
    t->pieces = mem_zeroed(2 * wish->segment_count + 1, sizeof(*t->pieces));
    for (size_t i = 0; i < wish->segment_count; i++) {
        const struct segment *s = &wish->segments[i];
        append_piece(t, fmin(s->start_s, t->end_s), 1.0);
        append_piece(t, fmin(s->end_s, t->end_s), s->speed);
    }
    append_piece(t, t->end_s, 1.0);
}

// ---- source frames ----

// A beat is steady when every frame lies within half a period behind the earliest fit of it.
static struct beat find_beat(const struct timeline_source *source)
{
    const struct frame_times *times = source->times;
    struct beat beat = {.times = times, .period_s = 1.0 / rational_value(source->fps)};
    double low = times->start_s[0];
    double high = low;
    for (size_t i = 1; i < times->count; i++) {
        double at = times->start_s[i] - (double)i * beat.period_s;
        low = fmin(low, at);
        high = fmax(high, at);
    }
    beat.offset_s = low;
    beat.steady = high - low <= 0.5 * beat.period_s;
    return beat;
}

static double begins_s(const struct beat *beat, size_t i)
{
    return beat->steady ? beat->offset_s + (double)i * beat->period_s : beat->times->start_s[i];
}

// The source time of an output time; *piece moves forward only.
static double source_time(const struct timeline *t, double output_s, size_t *piece)
{
    while (*piece + 1 < t->piece_count && output_s >= t->pieces[*piece + 1].output_start_s)
        (*piece)++;
    const struct timeline_piece *p = &t->pieces[*piece];
    return fmin(p->source_start_s + (output_s - p->output_start_s) * p->speed, p->source_end_s);
}

static enum status make_runs(struct timeline *t, const struct timeline_source *source,
                             struct error *err)
{
    size_t most = source->times->count;
    if (most > t->output_frames)
        most = (size_t)t->output_frames;
    t->runs = mem_try_array(most, sizeof(*t->runs));
    if (!t->runs)
        return error_set(err, ERR_MEMORY, "no memory for a table of %zu frames", most);
    struct beat beat = find_beat(source);
    size_t frame = 0;
    size_t piece = 0;
    for (uint64_t k = 0; k < t->output_frames; k++) {
        double at_s = source_time(t, (double)k * t->fps.den / t->fps.num, &piece);
        while (frame + 1 < source->times->count &&
               begins_s(&beat, frame + 1) <= at_s + TIMELINE_EPSILON_S)
            frame++;
        size_t index = source->first_index + frame;
        if (t->run_count > 0 && t->runs[t->run_count - 1].source_index == index) {
            t->runs[t->run_count - 1].repeats++;
            continue;
        }
        t->runs[t->run_count++] = (struct timeline_run){
            .source_index = index,
            .repeats = 1,
            .clip_time_s = fmax(source->times->start_s[frame] - t->start_s, 0),
        };
    }
    return OK;
}

// ---- the whole ----

static enum status count_frames(struct timeline *t, struct error *err)
{
    double frames = round(t->output_duration_s * rational_value(t->fps));
    if (frames > TIMELINE_MAX_FRAMES)
        return error_set(err, ERR_LIMIT, "the output would have %.0f frames, more than %d", frames,
                         TIMELINE_MAX_FRAMES);
    t->output_frames = frames < 1 ? 1 : (uint64_t)frames;
    return OK;
}

enum status timeline_build(const struct timeline_wish *wish, const struct timeline_source *source,
                           struct timeline *ret, struct error *err)
{
    assert(source->times->count > 0 && rational_valid(source->fps));
    assert(wish->segment_count <= TIMELINE_MAX_SEGMENTS);
    *ret = (struct timeline){.fps = output_fps(wish, source)};
    enum status status = segments_check(wish->segments, wish->segment_count, err);
    if (status == OK)
        status = trim_check(&wish->trim, source->duration_s, 0.5 / rational_value(source->fps),
                            err);
    if (status == OK) {
        clamp_trim(ret, &wish->trim, source->duration_s);
        make_pieces(ret, wish);
        status = count_frames(ret, err);
    }
    if (status == OK)
        status = make_runs(ret, source, err);
    if (status != OK)
        timeline_done(ret);
    return status;
}

void timeline_done(struct timeline *timeline)
{
    if (!timeline)
        return;
    free(timeline->pieces);
    free(timeline->runs);
    *timeline = (struct timeline){0};
}
