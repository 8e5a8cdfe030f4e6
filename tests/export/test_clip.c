// SPDX-License-Identifier: GPL-3.0-or-later
// The source is red in its left half and blue in its right one, so a pixel tells where a crop was.
#include "export/clip.h"

#include <unistd.h>

#include "../media/clips.h"
#include "recorder.h"
#include "spec_of.h"
#include "storage/sink.h"

#define HALVES                                                                                     \
    "-f lavfi -i color=red:size=80x120:rate=25 -f lavfi -i color=blue:size=80x120:rate=25 "        \
    "-f lavfi -i sine=frequency=440:sample_rate=48000 -filter_complex hstack "                     \
    "-c:v libx264 -g 10 -bf 2 -pix_fmt yuv420p -c:a aac -t 2"
#define OUTPUT "\"output\":\"/tmp/never-written.mp4\",\"output_size\":{\"width\":64,\"height\":96}"

// A clip with what it borrows.
struct opened {
    struct spec *spec;
    struct recorder recorder;
    struct meter download;
    struct clip *clip;
    struct error err;
    enum status status;
};

// Takes the spec.
static void open_clip(struct opened *o, struct spec *spec)
{
    *o = (struct opened){.spec = spec};
    recorder_init(&o->recorder);
    meter_init(&o->download, &o->recorder.listener, PHASE_DOWNLOAD);
    const struct clip_options options = {
        .spec = spec_clip_at(spec, 0),
        .film = spec->output_size,
        .has_fps = spec->has_fps,
        .fps = spec->fps,
        .audio = spec->audio,
        .download = &o->download,
        .threads = 1,
    };
    o->status = clip_open(&options, &o->clip, &o->err);
    assert_int_equal(o->status == OK, o->clip != NULL);
}

static void close_clip(struct opened *o)
{
    clip_free(o->clip);
    meter_done(&o->download);
    recorder_done(&o->recorder);
    spec_free(o->spec);
}

static void open_well(struct opened *o, struct spec *spec)
{
    open_clip(o, spec);
    if (o->status != OK)
        fail_msg("%s", o->err.text);
}

static uint64_t size_of(const char *path)
{
    struct error err;
    uint64_t bytes = 0;
    assert_int_equal(object_size(NULL, path, 0, NULL, &bytes, &err), OK);
    return bytes;
}

static void everything_is_counted_before_a_frame_is_touched(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"trim\":{\"start\":0.4,\"end\":1.2},"
                          "\"segments\":[{\"start\":0.4,\"end\":0.8,\"speed\":0.5}],"
                          "\"keyframes\":[{\"time\":0,\"x\":0,\"y\":0,\"width\":32,\"height\":48}]",
                          path));
    assert_int_equal(clip_info(o.clip)->width, 160);
    const struct timeline *t = clip_timeline(o.clip);
    assert_int_equal(t->run_count, 20);
    assert_int_equal(t->output_frames, 10 * 2 + 10);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(clip_pixels_at(o.clip, i), 32 * 48);
    assert_true(clip_bytes(o.clip) > 0);
    assert_true(clip_bytes(o.clip) <= size_of(path));
    close_clip(&o);
}

static void a_crop_is_enlarged_only_where_it_lacks_the_pixels(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    // From half the film's size to all of it, and on.
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"keyframes\":["
                          "{\"time\":0,\"x\":0,\"y\":0,\"width\":32,\"height\":48},"
                          "{\"time\":1,\"x\":0,\"y\":0,\"width\":64,\"height\":96},"
                          "{\"time\":2,\"x\":0,\"y\":0,\"width\":80,\"height\":120}]",
                          path));
    struct frame frame = {0};
    uint64_t enlarged = 0;
    for (size_t i = 0; i < clip_timeline(o.clip)->run_count; i++) {
        assert_int_equal(clip_cut(o.clip, i, &frame, &o.err), OK);
        assert_int_equal(frame.number, i);
        assert_int_equal(frame.repeats, 1);
        uint64_t pixels = (uint64_t)frame.image.width * (uint64_t)frame.image.height;
        assert_int_equal(clip_pixels_at(o.clip, i), frame.enlarge ? pixels : 0);
        assert_true(frame.enlarge ? frame.image.width <= 64 : frame.image.width == 64);
        assert_true(frame.enlarge ? frame.image.height <= 96 : frame.image.height == 96);
        enlarged += frame.enlarge;
    }
    assert_true(enlarged > 10 && enlarged < 40);
    image_done(&frame.image);
    close_clip(&o);
}

// Mean of a plane: red is high where the crop shows the left half.
static double mean(const struct image *image, int plane)
{
    double sum = 0;
    for (int y = 0; y < image->height; y++) {
        for (int x = 0; x < image->width; x++)
            sum += image_row(image, plane, y)[x];
    }
    return sum / image->width / image->height;
}

static void the_crop_moves_as_its_keyframes_say(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"keyframes\":["
                          "{\"time\":0,\"x\":10,\"y\":30,\"width\":40,\"height\":60},"
                          "{\"time\":1.96,\"x\":110,\"y\":30,\"width\":40,\"height\":60}]",
                          path));
    struct frame frame = {0};
    double before = 1;
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(clip_cut(o.clip, i, &frame, &o.err), OK);
        double red = mean(&frame.image, 0);
        assert_true(red < before + 0.02); // it only ever moves to the right
        assert_near(red + mean(&frame.image, 2), 1, 0.05);
        if (i == 0)
            assert_near(red, 1, 0.05);
        before = red;
    }
    assert_near(before, 0, 0.05);
    image_done(&frame.image);
    close_clip(&o);
}

static void a_whole_frame_is_given_as_it_was_decoded(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"trim\":{\"start\":1}", path));
    for (size_t i = 0; i < 3; i++) {
        struct picture *picture AUTO(picture_unref) = NULL;
        assert_int_equal(clip_picture(o.clip, i, &picture, &o.err), OK);
        assert_int_equal(picture_width(picture), clip_info(o.clip)->width);
        assert_int_equal(picture_height(picture), clip_info(o.clip)->height);
        assert_int_equal(picture_index(picture), 25 + i);
    }
    close_clip(&o);
}

static void the_sound_is_as_long_as_the_film(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"trim\":{\"start\":0.4,\"end\":1.2},"
                          "\"segments\":[{\"start\":0.4,\"end\":0.8,\"speed\":0.5}]",
                          path));
    struct clip_sound sound;
    assert_int_equal(clip_sound(o.clip, &sound, &o.err), OK);
    assert_non_null(sound.track);
    assert_int_equal(sound.rate_hz, 48000);
    assert_int_equal(audio_track_length(sound.track), 48000 * 12 / 10);
    struct clip_sound again;
    assert_int_equal(clip_sound(o.clip, &again, &o.err), OK);
    assert_ptr_equal(again.track, sound.track);
    close_clip(&o);
}

static void there_is_no_sound_where_none_is_wanted_or_none_is_there(void **state)
{
    (void)state;
    struct opened o;
    struct clip_sound sound;
    const char *path = clips_make("halves.mp4", HALVES);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"audio\":false", path));
    assert_int_equal(clip_sound(o.clip, &sound, &o.err), OK);
    assert_null(sound.track);
    close_clip(&o);
    path = clips_make("silent.mp4", "-f lavfi -i color=red:size=160x120:rate=25 -t 1 -c:v libx264 "
                                    "-pix_fmt yuv420p");
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT, path));
    assert_int_equal(clip_sound(o.clip, &sound, &o.err), OK);
    assert_null(sound.track);
    close_clip(&o);
}

static void reading_is_counted_and_stays_within_the_source(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    uint64_t size = size_of(path);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT, path));
    struct frame frame = {0};
    for (size_t i = 0; i < clip_timeline(o.clip)->run_count; i++)
        assert_int_equal(clip_cut(o.clip, i, &frame, &o.err), OK);
    image_done(&frame.image);
    meter_end(&o.download);
    uint64_t done = recorder_ended_at(&o.recorder, PHASE_DOWNLOAD);
    assert_true(done > 0 && done <= size);
    recorder_check(&o.recorder);
    close_clip(&o);
}

static void the_source_is_known_under_any_of_its_names(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    char alias[256];
    char url[300];
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT, path));
    (void)snprintf(url, sizeof(url), "file://%s", path);
    assert_true(clip_reads(o.clip, path));
    assert_true(clip_reads(o.clip, url));
    (void)snprintf(alias, sizeof(alias), "%s", clips_path("alias.mp4"));
    assert_false(clip_reads(o.clip, alias));
    assert_int_equal(symlink(o.spec->input, alias), 0);
    assert_true(clip_reads(o.clip, alias));
    close_clip(&o);
}

static void a_rested_clip_goes_on_where_it_stood(void **state)
{
    (void)state;
    struct opened o;
    const char *path = clips_make("halves.mp4", HALVES);
    open_well(&o, spec_of("\"input\":\"%s\"," OUTPUT ",\"trim\":{\"start\":0.4}", path));
    struct frame frame = {0};
    struct clip_sound sound;
    for (size_t i = 0; i < 3; i++) {
        clip_rest(o.clip);
        assert_int_equal(clip_cut(o.clip, i, &frame, &o.err), OK);
        assert_int_equal(frame.number, i);
        assert_int_equal(clip_sound(o.clip, &sound, &o.err), OK);
        assert_int_equal(audio_track_length(sound.track), 48000 * 16 / 10);
        clip_sound_rest(o.clip);
    }
    assert_int_equal(clip_info(o.clip)->width, 160);
    image_done(&frame.image);
    close_clip(&o);
}

static void what_the_source_does_not_allow_is_named(void **state)
{
    (void)state;
    const struct {
        const char *fields;
        enum status status;
        const char *word;
    } cases[] = {
        {"\"trim\":{\"start\":5}", ERR_INVALID, "trim.start"},
        {"\"trim\":{\"end\":9}", ERR_INVALID, "trim.end"},
        {"\"keyframes\":[{\"time\":0,\"x\":500,\"y\":0,\"width\":32,\"height\":48}]", ERR_INVALID,
         "keyframes[0]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct opened o;
        open_clip(&o, spec_of("\"input\":\"%s\"," OUTPUT ",%s", clips_make("halves.mp4", HALVES),
                              cases[i].fields));
        assert_int_equal(o.status, cases[i].status);
        assert_non_null(strstr(o.err.text, cases[i].word));
        close_clip(&o);
    }
    struct opened o;
    open_clip(&o, spec_of("\"input\":\"%s\"," OUTPUT, clips_path("absent.mp4")));
    assert_int_equal(o.status, ERR_NOT_FOUND);
    assert_non_null(strstr(o.err.text, "absent.mp4"));
    close_clip(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_counted_before_a_frame_is_touched),
        cmocka_unit_test(a_crop_is_enlarged_only_where_it_lacks_the_pixels),
        cmocka_unit_test(the_crop_moves_as_its_keyframes_say),
        cmocka_unit_test(a_whole_frame_is_given_as_it_was_decoded),
        cmocka_unit_test(the_sound_is_as_long_as_the_film),
        cmocka_unit_test(there_is_no_sound_where_none_is_wanted_or_none_is_there),
        cmocka_unit_test(reading_is_counted_and_stays_within_the_source),
        cmocka_unit_test(the_source_is_known_under_any_of_its_names),
        cmocka_unit_test(a_rested_clip_goes_on_where_it_stood),
        cmocka_unit_test(what_the_source_does_not_allow_is_named),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
