// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/moments.h"

#include <math.h>
#include <stdio.h>

#include "../media/clips.h"
#include "recorder.h"
#include "test.h"

// 4 s, 25 pictures a second; each second begins with half a second of tone.
#define CLIP                                                                                       \
    "-f lavfi -i testsrc2=size=160x120:rate=25 "                                                   \
    "-f lavfi -i aevalsrc='if(lt(mod(t\\,1)\\,0.5)\\,sin(2000*t)\\,0)':s=48000 "                   \
    "-c:v libx264 -preset veryfast -g 25 -bf 0 -pix_fmt yuv420p -c:a aac -t 4 "

struct playing {
    struct recorder recorder;
    struct meter download;
    struct spec *spec;
    struct moments *moments;
    struct error err;
};

static enum status begin(struct playing *p, const char *input, const char *clips)
{
    char text[2048];
    *p = (struct playing){0};
    recorder_init(&p->recorder);
    meter_init(&p->download, &p->recorder.listener, PHASE_DOWNLOAD);
    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"annotate_compilation\",\"input\":\"%s\",\"output\":\"film.mp4\","
                   "\"clips\":[%s]}",
                   input, clips);
    if (spec_parse(text, strlen(text), &p->spec, &p->err) != OK)
        fail_msg("%s", p->err.text);
    const struct moments_options options = {
        .spec = p->spec, .download = &p->download, .threads = 1};
    return moments_open(&options, &p->moments, &p->err);
}

static void end(struct playing *p)
{
    moments_free(p->moments);
    spec_free(p->spec);
    meter_done(&p->download);
    recorder_done(&p->recorder);
}

// Plays the moment and checks that it shows the source's frames from `first` on.
static void expect_frames(struct playing *p, size_t moment, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct moments_shot shot;
        if (moments_next(p->moments, &shot, &p->err) != OK)
            fail_msg("%s", p->err.text);
        assert_non_null(shot.picture);
        assert_int_equal(shot.moment, moment);
        assert_int_equal(shot.repeats, 1);
        assert_int_equal(picture_index(shot.picture), first + i);
        picture_unref(shot.picture);
    }
}

static void expect_end(struct playing *p)
{
    struct moments_shot shot;
    assert_int_equal(moments_next(p->moments, &shot, &p->err), OK);
    assert_null(shot.picture);
}

static void moments_come_in_the_order_of_the_film(void **state)
{
    (void)state;
    struct playing p;
    assert_int_equal(begin(&p, clips_make("4s.mp4", CLIP),
                           "{\"start\":2,\"end\":2.4},{\"start\":2.4,\"end\":3},"
                           "{\"start\":0,\"end\":0.2},{\"start\":0.12,\"end\":0.28}"),
                     OK);
    assert_int_equal(moments_frames(p.moments), 10 + 15 + 5 + 4);
    assert_int_equal(moments_shown(p.moments), 4);
    assert_int_equal(moments_state(p.moments, 2).first_frame, 25);
    expect_frames(&p, 0, 50, 10);
    expect_frames(&p, 1, 60, 15); // touches: goes on
    expect_frames(&p, 2, 0, 5);
    expect_frames(&p, 3, 3, 4); // overlaps: goes back
    expect_end(&p);
    end(&p);
}

static void what_lies_behind_the_end_is_skipped_with_the_reason(void **state)
{
    (void)state;
    struct playing p;
    assert_int_equal(begin(&p, clips_make("4s.mp4", CLIP),
                           "{\"start\":9,\"end\":10},{\"start\":3,\"end\":4.01},"
                           "{\"start\":3,\"end\":5}"),
                     OK);
    assert_int_equal(moments_shown(p.moments), 1);
    assert_string_equal(moments_state(p.moments, 0).skipped,
                        "it starts at 9 s, behind the end of the source (4 s)");
    assert_string_equal(moments_state(p.moments, 2).skipped,
                        "it ends at 5 s, behind the end of the source (4 s)");
    expect_frames(&p, 1, 75, 25);
    expect_end(&p);
    end(&p);
}

static void add_frames(void *context, uint32_t frames)
{
    *(uint64_t *)context += frames;
}

static void damaged_moments_are_dropped_and_the_rest_starts_over(void **state)
{
    (void)state;
    struct playing p;
    const char *damaged = clips_make("damaged.mp4",
                                     CLIP "-bsf:v noise=amount='if(between(n\\,50\\,56)\\,1\\,0)'");
    assert_int_equal(begin(&p, damaged,
                           "{\"start\":0,\"end\":0.2},{\"start\":1.8,\"end\":2.2},"
                           "{\"start\":3,\"end\":3.2},{\"start\":2,\"end\":2.1},"
                           "{\"start\":1,\"end\":1.2}"),
                     OK);
    expect_frames(&p, 0, 0, 5);
    expect_frames(&p, 1, 45, 5);
    struct moments_shot shot;
    assert_int_equal(moments_next(p.moments, &shot, &p.err), ERR_MEDIA);
    assert_int_equal(shot.moment, 1);
    struct error damage = p.err;
    uint64_t tried = 0;
    assert_int_equal(moments_drop_damaged(p.moments, &damage, add_frames, &tried, &p.err), OK);
    assert_int_equal(tried, 10); // the two good ones behind it
    assert_int_equal(moments_shown(p.moments), 3);
    assert_non_null(strstr(moments_state(p.moments, 1).skipped, "frame 51 of 100"));
    assert_non_null(moments_state(p.moments, 3).skipped);
    assert_int_equal(moments_frames(p.moments), 15);
    expect_frames(&p, 0, 0, 5);
    expect_frames(&p, 2, 75, 5);
    expect_frames(&p, 4, 25, 5);
    expect_end(&p);
    end(&p);
}

static double loudness(struct audio_track *track, size_t samples)
{
    float chunk[2 * 480];
    double sum = 0;
    for (size_t i = 0; i < samples / 480; i++) {
        size_t n = 0;
        assert_int_equal(audio_track_read(track, chunk, 480, &n, NULL), OK);
        assert_int_equal(n, 480);
        for (size_t k = 0; k < 2 * n; k++)
            sum += (double)chunk[k] * chunk[k];
    }
    return sqrt(sum / (double)(2 * samples));
}

static void the_sound_is_that_of_the_moments(void **state)
{
    (void)state;
    struct playing p;
    struct moments_sound sound;
    assert_int_equal(begin(&p, clips_make("4s.mp4", CLIP),
                           "{\"start\":1.6,\"end\":1.8},{\"start\":3,\"end\":3.2},"
                           "{\"start\":0.52,\"end\":0.72}"),
                     OK);
    for (int time = 0; time < 2; time++) { // the second track begins again
        assert_int_equal(moments_sound(p.moments, &sound, &p.err), OK);
        assert_int_equal(sound.rate_hz, 48000);
        assert_int_equal(audio_track_length(sound.track), 3 * 9600);
        assert_true(loudness(sound.track, 9600) < 0.02);
        assert_true(loudness(sound.track, 9600) > 0.5);
        assert_true(loudness(sound.track, 480) < 0.5); // fades
        assert_true(loudness(sound.track, 9600 - 480) < 0.02);
    }
    end(&p);
}

static void no_source_is_an_error_not_a_skipped_clip(void **state)
{
    (void)state;
    struct playing p;
    assert_int_equal(begin(&p, "absent.mp4", "{\"start\":0,\"end\":1}"), ERR_NOT_FOUND);
    assert_null(p.moments);
    end(&p);
}

static void bytes_of_the_source_are_needed_once(void **state)
{
    (void)state;
    struct playing once, thrice;
    const char *clip = clips_make("4s.mp4", CLIP);
    assert_int_equal(begin(&once, clip, "{\"start\":0,\"end\":2}"), OK);
    assert_int_equal(
        begin(&thrice, clips_path("4s.mp4"),
              "{\"start\":1,\"end\":2},{\"start\":0,\"end\":1},{\"start\":0,\"end\":2}"),
        OK);
    assert_true(moments_bytes(once.moments) > 0);
    assert_int_equal(moments_bytes(once.moments), moments_bytes(thrice.moments));
    end(&once);
    end(&thrice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_come_in_the_order_of_the_film),
        cmocka_unit_test(what_lies_behind_the_end_is_skipped_with_the_reason),
        cmocka_unit_test(damaged_moments_are_dropped_and_the_rest_starts_over),
        cmocka_unit_test(the_sound_is_that_of_the_moments),
        cmocka_unit_test(no_source_is_an_error_not_a_skipped_clip),
        cmocka_unit_test(bytes_of_the_source_are_needed_once),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
