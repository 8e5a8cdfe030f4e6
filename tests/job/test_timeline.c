// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline against exact expectations, and against a brute-force map on random jobs.
#include "job/timeline.h"

#include <math.h>

#include "base/memory.h"
#include "test.h"

// ---- sources ----

static struct frame_times regular(size_t count, struct rational fps)
{
    struct frame_times t = {.start_s = mem_zeroed(count, sizeof(double)), .count = count};
    for (size_t i = 0; i < count; i++)
        t.start_s[i] = (double)i * fps.den / fps.num;
    t.end_s = (double)count * fps.den / fps.num;
    return t;
}

static struct timeline_source source_of(const struct frame_times *times, struct rational fps)
{
    return (struct timeline_source){.times = times, .duration_s = times->end_s, .fps = fps};
}

static struct timeline build(const struct timeline_wish *wish, const struct timeline_source *source)
{
    struct timeline t;
    struct error err;
    if (timeline_build(wish, source, &t, &err) != OK)
        fail_msg("%s", err.text);
    return t;
}

static void assert_each_frame_once(const struct timeline *t, size_t count)
{
    assert_int_equal(t->output_frames, count);
    assert_int_equal(t->run_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(t->runs[i].source_index, i);
        assert_int_equal(t->runs[i].repeats, 1);
    }
}

// A seeded generator, so that a failure can be repeated (xorshift64*, Vigna 2016).
static double random_unit(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)((*seed * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
}

static double random_in(uint64_t *seed, double low, double high)
{
    return low + (high - low) * random_unit(seed);
}

// ---- whole sources ----

static const struct rational rates[] = {{24000, 1001}, {24, 1}, {25, 1},    {30000, 1001},
                                        {30, 1},       {20, 1}, {27, 1},    {60000, 1001},
                                        {60, 1},       {10, 1}, {2997, 125}};
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static void a_whole_source_at_its_own_rate_gives_each_frame_once(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct frame_times times = regular(5000, rates[r]);
        struct timeline_source source = source_of(&times, rates[r]);
        struct timeline t = build(&(struct timeline_wish){0}, &source);
        assert_each_frame_once(&t, times.count);
        timeline_done(&t);
        frame_times_done(&times);
    }
}

static void rounding_of_time_stamps_loses_and_doubles_nothing(void **state)
{
    (void)state;
    static const double ticks_per_s[] = {1000, 600, 90000}; // Matroska, QuickTime, MPEG-TS
    for (int r = 0; r < RATES; r++) {
        for (int k = 0; k < 3; k++) {
            struct frame_times times = regular(3000, rates[r]);
            for (size_t i = 0; i < times.count; i++)
                times.start_s[i] = round(times.start_s[i] * ticks_per_s[k]) / ticks_per_s[k];
            struct timeline_source source = source_of(&times, rates[r]);
            struct timeline t = build(&(struct timeline_wish){0}, &source);
            assert_each_frame_once(&t, times.count);
            timeline_done(&t);
            frame_times_done(&times);
        }
    }
}

static void a_phones_jitter_loses_and_doubles_nothing(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int r = 0; r < RATES; r++) {
        struct frame_times times = regular(1000, rates[r]);
        double period_s = 1 / rational_value(rates[r]);
        for (size_t i = 1; i < times.count; i++)
            times.start_s[i] += random_in(&seed, -0.24, 0.24) * period_s;
        struct timeline_source source = source_of(&times, rates[r]);
        struct timeline t = build(&(struct timeline_wish){0}, &source);
        assert_each_frame_once(&t, times.count);
        timeline_done(&t);
        frame_times_done(&times);
    }
}

static void a_variable_rate_is_shown_as_long_as_each_frame_lasts(void **state)
{
    (void)state;
    double starts[] = {0, 0.1, 0.5, 0.6}; // at 10 fps: the second lasts four output frames
    struct frame_times times = {starts, 4, 0.8};
    struct timeline_source source = source_of(&times, (struct rational){5, 1});
    struct timeline_wish wish = {.has_fps = true, .fps = {10, 1}};
    struct timeline t = build(&wish, &source);
    static const uint32_t repeats[] = {1, 4, 1, 2};
    assert_int_equal(t.output_frames, 8);
    assert_int_equal(t.run_count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(t.runs[i].repeats, repeats[i]);
    timeline_done(&t);
}

// ---- speeds, trims, rates ----

static void half_speed_doubles_and_double_speed_skips(void **state)
{
    (void)state;
    struct rational fps = {25, 1};
    struct frame_times times = regular(100, fps);
    struct timeline_source source = source_of(&times, fps);
    struct segment segments[] = {{0, 1, 0.5}, {3, 4, 2}};
    struct timeline_wish wish = {.segments = segments, .segment_count = 2};
    struct timeline t = build(&wish, &source);
    assert_int_equal(t.output_frames, 50 + 50 + 13); // 4.5 s = 112.5 frames, to the nearest
    assert_true(fabs(t.output_duration_s - 4.5) < 1e-9);
    assert_int_equal(t.piece_count, 3);
    assert_true(t.pieces[1].speed == 1 && t.pieces[1].source_start_s == 1);
    assert_true(fabs(t.pieces[1].output_start_s - 2) < 1e-12);
    for (int i = 0; i < 25; i++)
        assert_int_equal(t.runs[i].repeats, 2);
    assert_int_equal(t.runs[75].source_index, 75);
    assert_int_equal(t.runs[76].source_index, 77);
    assert_int_equal(t.run_count, 75 + 13);
    timeline_done(&t);
    frame_times_done(&times);
}

static void a_trim_starts_at_the_frame_on_screen(void **state)
{
    (void)state;
    struct rational fps = {20, 1};
    struct frame_times times = regular(280, fps);
    struct timeline_source source = source_of(&times, fps);
    struct timeline_wish wish = {.trim = {1, true, 9}};
    struct timeline t = build(&wish, &source);
    assert_int_equal(t.output_frames, 160);
    assert_int_equal(t.runs[0].source_index, 20);
    assert_true(t.runs[0].clip_time_s == 0);
    assert_int_equal(t.runs[159].source_index, 179);
    assert_true(fabs(t.runs[159].clip_time_s - 7.95) < 1e-9);
    timeline_done(&t);
    wish.trim.start_s = 1.03; // in the middle of frame 20
    t = build(&wish, &source);
    assert_int_equal(t.runs[0].source_index, 20);
    assert_true(t.runs[0].clip_time_s == 0);
    timeline_done(&t);
    frame_times_done(&times);
}

static void a_table_of_the_wanted_part_gives_the_same_frames(void **state)
{
    (void)state;
    struct rational fps = {30000, 1001};
    struct frame_times times = regular(900, fps);
    struct segment segments[] = {{5, 7, 0.3}, {9, 12.5, 3}};
    struct timeline_wish wish = {
        .trim = {4.2, true, 14.7}, .segments = segments, .segment_count = 2};
    struct timeline_source source = source_of(&times, fps);
    struct timeline whole = build(&wish, &source);
    struct frame_times part = {times.start_s + 120, 330, times.start_s[450]};
    struct timeline_source narrow = {&part, 120, source.duration_s, fps};
    struct timeline same = build(&wish, &narrow);
    assert_int_equal(whole.run_count, same.run_count);
    for (size_t i = 0; i < whole.run_count; i++) {
        assert_int_equal(whole.runs[i].source_index, same.runs[i].source_index);
        assert_int_equal(whole.runs[i].repeats, same.runs[i].repeats);
    }
    timeline_done(&whole);
    timeline_done(&same);
    frame_times_done(&times);
}

static void the_rate_of_the_output_is_at_most_60(void **state)
{
    (void)state;
    struct rational fps = {120, 1};
    struct frame_times times = regular(240, fps);
    struct timeline_source source = source_of(&times, fps);
    struct timeline t = build(&(struct timeline_wish){0}, &source);
    assert_int_equal(t.fps.num, 60);
    assert_int_equal(t.output_frames, 120);
    assert_int_equal(t.runs[1].source_index, 2);
    timeline_done(&t);
    frame_times_done(&times);
}

static void a_trim_shorter_than_a_frame_gives_one(void **state)
{
    (void)state;
    struct rational fps = {25, 1};
    struct frame_times times = regular(25, fps);
    struct timeline_source source = source_of(&times, fps);
    struct timeline_wish wish = {.trim = {0.5, true, 0.501}};
    struct timeline t = build(&wish, &source);
    assert_int_equal(t.output_frames, 1);
    assert_int_equal(t.runs[0].source_index, 12);
    timeline_done(&t);
    frame_times_done(&times);
}

// ---- errors ----

static void check_refused(const struct timeline_wish *wish, enum status status, const char *text)
{
    struct rational fps = {25, 1};
    struct frame_times times = regular(250, fps);
    struct timeline_source source = source_of(&times, fps);
    struct timeline t;
    struct error err;
    assert_int_equal(timeline_build(wish, &source, &t, &err), status);
    assert_string_equal(err.text, text);
    assert_null(t.pieces);
    assert_null(t.runs);
    frame_times_done(&times);
}

static void errors_name_the_field_and_the_duration(void **state)
{
    (void)state;
    check_refused(&(struct timeline_wish){.trim = {10, false, 0}}, ERR_INVALID,
                  "trim.start: 10 s is not before the end of the source, which lasts 10 s");
    check_refused(&(struct timeline_wish){.trim = {1, true, 10.021}}, ERR_INVALID,
                  "trim.end: 10.021 s is behind the end of the source, which lasts 10 s");
    check_refused(&(struct timeline_wish){.trim = {5, true, 5}}, ERR_INVALID,
                  "trim.end: must be greater than trim.start (5), got 5");
    struct segment overlap[] = {{0, 2, 1}, {1.5, 3, 1}};
    check_refused(&(struct timeline_wish){.segments = overlap, .segment_count = 2}, ERR_INVALID,
                  "segments[1].start: must not be before the end of segments[0] (2), got 1.5");
    struct segment stopped[] = {{0, 2, 0}};
    check_refused(&(struct timeline_wish){.segments = stopped, .segment_count = 1}, ERR_INVALID,
                  "segments[0].speed: expected a number from 0.1 to 10, got 0");
    struct segment empty[] = {{2, 2, 1}};
    check_refused(&(struct timeline_wish){.segments = empty, .segment_count = 1}, ERR_INVALID,
                  "segments[0].end: must be greater than its start (2), got 2");
}

static void a_trim_less_than_half_a_frame_too_long_is_clamped(void **state)
{
    (void)state;
    struct rational fps = {25, 1};
    struct frame_times times = regular(250, fps);
    struct timeline_source source = source_of(&times, fps);
    struct timeline_wish wish = {.trim = {0, true, 10.019}};
    struct timeline t = build(&wish, &source);
    assert_true(t.end_s == 10);
    assert_each_frame_once(&t, 250);
    timeline_done(&t);
    frame_times_done(&times);
}

static void an_endless_output_is_refused(void **state)
{
    (void)state;
    double starts[] = {0};
    struct frame_times times = {starts, 1, 360000};
    struct timeline_source source = source_of(&times, (struct rational){60, 1});
    struct timeline t;
    struct error err;
    assert_int_equal(timeline_build(&(struct timeline_wish){0}, &source, &t, &err), ERR_LIMIT);
}

// ---- properties ----

enum { MAX_SEGMENTS = 12, ROUNDS = 400 };

struct job {
    struct frame_times times;
    struct rational fps;
    struct segment segments[MAX_SEGMENTS];
    struct timeline_wish wish;
};

static void random_job(struct job *job, uint64_t *seed)
{
    *job = (struct job){.fps = rates[(int)random_in(seed, 0, RATES)]};
    job->times = regular((size_t)random_in(seed, 30, 600), job->fps);
    if (random_unit(seed) < 0.5) { // truly variable: each lasts from 0.1 to 3 periods
        double at_s = 0;
        for (size_t i = 0; i < job->times.count; i++) {
            job->times.start_s[i] = at_s;
            at_s += random_in(seed, 0.1, 3) / rational_value(job->fps);
        }
        job->times.end_s = at_s;
        job->fps = rational_from_fps(fmax(1, (double)job->times.count / at_s));
    }
    double end_s = job->times.end_s;
    job->wish.segments = job->segments;
    double at_s = random_in(seed, -0.1, 0.3) * end_s;
    for (int n = (int)random_in(seed, 0, MAX_SEGMENTS); n > 0; n--) {
        struct segment s = {fmax(at_s, 0), 0, random_in(seed, SPEED_MIN, 3)};
        s.end_s = s.start_s + random_in(seed, 0.001, 0.3) * end_s;
        at_s = s.end_s + (random_unit(seed) < 0.5 ? 0 : random_in(seed, 0, 0.2) * end_s);
        job->segments[job->wish.segment_count++] = s;
    }
    if (random_unit(seed) < 0.6) {
        job->wish.trim.start_s = random_in(seed, 0, 0.7) * end_s;
        job->wish.trim.has_end = random_unit(seed) < 0.7;
        job->wish.trim.end_s = random_in(seed, 0.71, 1) * end_s;
    }
    job->wish.has_fps = random_unit(seed) < 0.5;
    job->wish.fps = rates[(int)random_in(seed, 0, RATES)];
}

static double speed_at(const struct job *job, double source_s)
{
    for (size_t i = 0; i < job->wish.segment_count; i++) {
        if (source_s >= job->segments[i].start_s && source_s < job->segments[i].end_s)
            return job->segments[i].speed;
    }
    return 1;
}

// The next place behind source_s where the speed may change, or end_s.
static double next_change(const struct job *job, double source_s, double end_s)
{
    double next = end_s;
    for (size_t i = 0; i < job->wish.segment_count; i++) {
        if (job->segments[i].start_s > source_s)
            next = fmin(next, job->segments[i].start_s);
        if (job->segments[i].end_s > source_s)
            next = fmin(next, job->segments[i].end_s);
    }
    return next;
}

// Walks from the start each time. *ret_end_s is the output's duration when output_s is beyond it.
static double brute_source_time(const struct job *job, double output_s, double end_s,
                                double *ret_duration_s)
{
    double source_s = job->wish.trim.start_s;
    double passed_s = 0;
    while (source_s < end_s) {
        double next = next_change(job, source_s, end_s);
        double lasts_s = (next - source_s) / speed_at(job, source_s);
        if (passed_s + lasts_s > output_s)
            return source_s + (output_s - passed_s) * speed_at(job, source_s);
        passed_s += lasts_s;
        source_s = next;
    }
    *ret_duration_s = passed_s;
    return end_s;
}

static size_t brute_frame(const struct frame_times *times, double source_s)
{
    size_t frame = 0;
    for (size_t i = 0; i < times->count; i++) {
        if (times->start_s[i] <= source_s + TIMELINE_EPSILON_S)
            frame = i;
    }
    return frame;
}

static void check_against_brute_force(const struct job *job, const struct timeline *t)
{
    double end_s = job->wish.trim.has_end ? job->wish.trim.end_s : job->times.end_s;
    double duration_s = 0;
    (void)brute_source_time(job, INFINITY, end_s, &duration_s);
    assert_true(fabs(duration_s - t->output_duration_s) < 1e-6);
    double per_frame_s = 1 / rational_value(t->fps);
    assert_true(fabs((double)t->output_frames * per_frame_s - duration_s) <=
                fmax(per_frame_s - duration_s, 0.5 * per_frame_s + 1e-9));
    uint64_t k = 0;
    for (size_t r = 0; r < t->run_count; r++) {
        assert_true(r == 0 || t->runs[r].source_index > t->runs[r - 1].source_index);
        assert_true(t->runs[r].repeats >= 1);
        for (uint32_t i = 0; i < t->runs[r].repeats; i++, k++) {
            double at_s = brute_source_time(job, (double)k * per_frame_s, end_s, &duration_s);
            size_t expected = brute_frame(&job->times, at_s);
            if (expected != t->runs[r].source_index)
                fail_msg("output frame %d at %.9f shows %d, not %d", (int)k, at_s,
                         (int)t->runs[r].source_index, (int)expected);
        }
    }
    assert_int_equal(k, t->output_frames);
}

static void random_jobs_agree_with_a_brute_force_map(void **state)
{
    (void)state;
    uint64_t seed = 20240229;
    for (int round = 0; round < ROUNDS; round++) {
        struct job job;
        random_job(&job, &seed);
        struct timeline_source source = source_of(&job.times, job.fps);
        struct timeline t = build(&job.wish, &source);
        check_against_brute_force(&job, &t);
        timeline_done(&t);
        frame_times_done(&job.times);
    }
}

static void pieces_follow_one_another_without_gap(void **state)
{
    (void)state;
    uint64_t seed = 99;
    for (int round = 0; round < ROUNDS; round++) {
        struct job job;
        random_job(&job, &seed);
        struct timeline_source source = source_of(&job.times, job.fps);
        struct timeline t = build(&job.wish, &source);
        assert_true(t.pieces[0].source_start_s == t.start_s && t.pieces[0].output_start_s == 0);
        for (size_t i = 0; i < t.piece_count; i++) {
            const struct timeline_piece *p = &t.pieces[i];
            assert_true(p->source_end_s > p->source_start_s);
            assert_true(fabs(p->output_duration_s * p->speed -
                             (p->source_end_s - p->source_start_s)) < 1e-9);
            if (i > 0) {
                assert_true(p->source_start_s == p[-1].source_end_s);
                assert_true(fabs(p->output_start_s - p[-1].output_start_s -
                                 p[-1].output_duration_s) < 1e-9);
            }
        }
        assert_true(t.pieces[t.piece_count - 1].source_end_s == t.end_s);
        timeline_done(&t);
        frame_times_done(&job.times);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_source_at_its_own_rate_gives_each_frame_once),
        cmocka_unit_test(rounding_of_time_stamps_loses_and_doubles_nothing),
        cmocka_unit_test(a_phones_jitter_loses_and_doubles_nothing),
        cmocka_unit_test(a_variable_rate_is_shown_as_long_as_each_frame_lasts),
        cmocka_unit_test(half_speed_doubles_and_double_speed_skips),
        cmocka_unit_test(a_trim_starts_at_the_frame_on_screen),
        cmocka_unit_test(a_table_of_the_wanted_part_gives_the_same_frames),
        cmocka_unit_test(the_rate_of_the_output_is_at_most_60),
        cmocka_unit_test(a_trim_shorter_than_a_frame_gives_one),
        cmocka_unit_test(errors_name_the_field_and_the_duration),
        cmocka_unit_test(a_trim_less_than_half_a_frame_too_long_is_clamped),
        cmocka_unit_test(an_endless_output_is_refused),
        cmocka_unit_test(random_jobs_agree_with_a_brute_force_map),
        cmocka_unit_test(pieces_follow_one_another_without_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
