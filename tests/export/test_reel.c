// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/reel.h"

#include <stdio.h>

#include "../media/clips.h"
#include "recorder.h"
#include "test.h"

#define COLOUR(name, rate, seconds)                                                                \
    "-f lavfi -i color=" name ":size=160x120:rate=" rate                                           \
    " -f lavfi -i sine=frequency=440:sample_rate=44100 -c:v libx264 -g 10 -pix_fmt yuv420p "       \
    "-c:a aac -t " seconds
#define FILM "\"output\":\"/tmp/never-written.mp4\",\"output_size\":{\"width\":64,\"height\":96}"
#define TINY "\"keyframes\":[{\"time\":0,\"x\":0,\"y\":0,\"width\":32,\"height\":48}]"

struct opened {
    struct spec *spec;
    struct recorder recorder;
    struct meter download;
    struct reel *reel;
    struct error err;
    enum status status;
};

// `clips` and `more` are JSON; every %s in `clips` is the path of the material.
static void open_reel(struct opened *o, const char *clips, const char *more)
{
    *o = (struct opened){0};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 1 << 20);
    buffer_printf(&text, "{\"type\":\"multi_clip\"," FILM ",%s\"clips\":[%s]}", more, clips);
    if (spec_parse(text.data, text.size, &o->spec, &o->err) != OK)
        fail_msg("%s", o->err.text);
    recorder_init(&o->recorder);
    meter_init(&o->download, &o->recorder.listener, PHASE_DOWNLOAD);
    const struct reel_options options = {.spec = o->spec, .download = &o->download, .threads = 1};
    o->status = reel_open(&options, &o->reel, &o->err);
    assert_int_equal(o->status == OK, o->reel != NULL);
}

static void close_reel(struct opened *o)
{
    reel_free(o->reel);
    meter_done(&o->download);
    recorder_done(&o->recorder);
    spec_free(o->spec);
}

static void open_well(struct opened *o, const char *clips, const char *more)
{
    open_reel(o, clips, more);
    if (o->status != OK)
        fail_msg("%s", o->err.text);
}

// {"input": material, fields}
static const char *clip_of(char *room, size_t size, const char *material, const char *how,
                           const char *fields)
{
    (void)snprintf(room, size, "{\"input\":\"%s\"%s}", clips_make(material, how), fields);
    return room;
}

static const char *red(char room[512], const char *fields)
{
    return clip_of(room, 512, "red25.mp4", COLOUR("red", "25", "2"), fields);
}

static const char *blue(char room[512], const char *fields)
{
    return clip_of(room, 512, "blue30.mp4", COLOUR("blue", "30", "2"), fields);
}

static const char *join(char room[2048], const char *a, const char *b)
{
    (void)snprintf(room, 2048, "%s,%s", a, b);
    return room;
}

static void all_is_known_before_a_frame_is_cut(void **state)
{
    (void)state;
    char a[512], b[512], both[2048];
    struct opened o;
    join(both, red(a, "," TINY ",\"name\":\"One\""), blue(b, ",\"trim\":{\"start\":1}"));
    open_well(&o, both, "\"transition\":{\"type\":\"dissolve\",\"duration\":0.4},");
    struct reel_totals t = reel_totals(o.reel);
    assert_int_equal(t.fps.num, 25);
    assert_int_equal(t.fps.den, 1);
    assert_int_equal(t.frames, 50 + 25 - 10);
    assert_int_equal(t.to_enlarge, 50); // the other crop has the pixels: 80 × 120
    assert_int_equal(t.pixels, 32 * 48);
    assert_int_equal(t.clips, 2);
    assert_true(t.bytes > 0);
    size_t count = 0;
    const struct film_chapter *chapters = reel_chapters(o.reel, &count);
    assert_int_equal(count, 2);
    assert_string_equal(chapters[0].title, "One");
    assert_string_equal(chapters[1].title, "Clip 2");
    assert_near(chapters[1].start_s, 1.6, 1e-9);
    assert_near(chapters[1].end_s, 2.6, 1e-9);
    close_reel(&o);
}

static void frames_come_in_the_order_in_which_the_film_needs_them(void **state)
{
    (void)state;
    char a[512], b[512], both[2048];
    struct opened o;
    join(both, red(a, ""), blue(b, ",\"trim\":{\"end\":1}"));
    open_well(&o, both, "\"transition\":{\"type\":\"dissolve\",\"duration\":0.4},");
    const struct splice *splice = reel_splice(o.reel);
    struct frame frame = {0};
    uint64_t ends[2] = {0, splice->places[1].first};
    uint64_t before = 0;
    int turns = 0; // from one clip to the other
    size_t last = 0;
    while (reel_more(o.reel)) {
        assert_int_equal(reel_cut(o.reel, &frame, &o.err), OK);
        assert_true(frame.at >= before);
        assert_int_equal(frame.at, ends[frame.clip]); // no gap and no overlap within a clip
        turns += frame.clip != last;
        last = frame.clip;
        before = frame.at;
        ends[frame.clip] += frame.repeats;
        // Red is the first plane, blue the third.
        assert_true(image_row(&frame.image, frame.clip == 0 ? 0 : 2, 5)[5] > 0.9F);
    }
    assert_int_equal(ends[0], 50);
    assert_int_equal(ends[1], splice->frames);
    assert_int_equal(turns, 2 * 10 - 1);
    image_done(&frame.image);
    close_reel(&o);
}

static void of_many_clips_few_are_open_and_all_are_cut(void **state)
{
    (void)state;
    struct buffer clips BUFFER_AUTO;
    buffer_init(&clips, 1 << 16);
    char one[512];
    red(one, ",\"trim\":{\"start\":0.4,\"end\":0.48}");
    for (int i = 0; i < 20; i++)
        buffer_printf(&clips, "%s%s", i ? "," : "", one);
    struct opened o;
    open_well(&o, buffer_string(&clips), "");
    struct frame frame = {0};
    int frames = 0;
    for (; reel_more(o.reel); frames++)
        assert_int_equal(reel_cut(o.reel, &frame, &o.err), OK);
    assert_int_equal(frames, 20 * 2);
    assert_int_equal(frame.clip, 19);
    image_done(&frame.image);
    close_reel(&o);
}

static void the_sound_is_as_long_as_the_film_and_has_one_rate(void **state)
{
    (void)state;
    char a[512], b[512], both[2048];
    struct opened o;
    join(both, red(a, ""), blue(b, ""));
    open_well(&o, both, "\"transition\":{\"type\":\"dissolve\",\"duration\":0.4},");
    struct audio_track *track = NULL;
    assert_int_equal(reel_sound(o.reel, &track, &o.err), OK);
    assert_non_null(track);
    assert_int_equal(audio_track_length(track), (int64_t)(3.6 * CLIP_SOUND_RATE_HZ));
    static float sound[2 * CLIP_SOUND_RATE_HZ];
    size_t got = 0;
    size_t all = 0;
    do {
        assert_int_equal(audio_track_read(track, sound, CLIP_SOUND_RATE_HZ, &got, &o.err), OK);
        all += got;
    } while (got > 0);
    assert_int_equal(all, audio_track_length(track));
    close_reel(&o);
    open_well(&o, both, "\"audio\":false,");
    assert_int_equal(reel_sound(o.reel, &track, &o.err), OK);
    assert_null(track);
    close_reel(&o);
}

static void what_is_wrong_with_a_clip_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *second, *more;
        enum status status;
        const char *text;
    } cases[] = {
        {",\"trim\":{\"start\":5}", "", ERR_INVALID, "clips[1]: trim.start: 5 s"},
        {",\"keyframes\":[{\"time\":0,\"x\":999,\"y\":0,\"width\":9,\"height\":9}]", "",
         ERR_INVALID, "clips[1]: keyframes[0]"},
        {",\"trim\":{\"end\":0.2}", "\"transition\":{\"type\":\"fade\"},", ERR_INVALID,
         "clips[1]: lasts 0.2 s, shorter than its transition of 0.5 s"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char a[512], b[512], both[2048];
        struct opened o;
        open_reel(&o, join(both, red(a, ""), blue(b, cases[i].second)), cases[i].more);
        assert_int_equal(o.status, cases[i].status);
        if (!strstr(o.err.text, cases[i].text))
            fail_msg("\"%s\" does not say \"%s\"", o.err.text, cases[i].text);
        close_reel(&o);
    }
    char a[512], both[2048];
    struct opened o;
    open_reel(&o, join(both, red(a, ""), "{\"input\":\"/no/such.mp4\"}"), "");
    assert_int_equal(o.status, ERR_NOT_FOUND);
    assert_non_null(strstr(o.err.text, "clips[1]: open /no/such.mp4"));
    close_reel(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_known_before_a_frame_is_cut),
        cmocka_unit_test(frames_come_in_the_order_in_which_the_film_needs_them),
        cmocka_unit_test(of_many_clips_few_are_open_and_all_are_cut),
        cmocka_unit_test(the_sound_is_as_long_as_the_film_and_has_one_rate),
        cmocka_unit_test(what_is_wrong_with_a_clip_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
