// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_cut.h"

#include "clips.h"
#include "test.h"

#define PICTURE                                                                                    \
    "-f lavfi -i testsrc2=size=64x64:rate=25 -t 8 -c:v libx264 -pix_fmt yuv420p -sc_threshold 0 "

// Of the cut, in frames of 1/25 s from the first frame shown.
struct frames {
    long start, key, copy, end;
    bool has_copy;
};

static struct frames cut_frames(const char *path, double start_s, double end_s, bool exact)
{
    struct clip clip;
    struct error err = {0};
    struct av_cut cut;
    struct reader *reader AUTO(reader_free) = NULL;
    const struct av_cut_wish wish = {
        .has_start = true, .start_s = start_s, .has_end = true, .end_s = end_s, .exact = exact};
    clip_load(&clip, path);
    assert_int_equal(reader_open(&clip.source, "cut", NULL, &reader, &err), OK);
    if (av_cut_find(reader, &wish, &cut, &err) != OK)
        fail_msg("%s", err.text);
    const AVStream *s = reader->input.format->streams[reader->input.video];
    double frame = 0.04 / av_q2d(s->time_base);
    struct frames ret = {
        .start = lrint((double)(cut.start - cut.origin) / frame),
        .key = lrint((double)(cut.key_pts - cut.origin) / frame),
        .copy = lrint((double)(cut.copy_pts - cut.origin) / frame),
        .end = lrint((double)(cut.end - cut.origin) / frame),
        .has_copy = cut.has_copy,
    };
    clip_done(&clip);
    return ret;
}

static void the_keyframe_at_or_before_the_frame_on_screen_is_found(void **state)
{
    (void)state;
    static const char *const files[] = {"k.mp4", "k.mkv", "k.ts"};
    for (int i = 0; i < 3; i++) {
        const char *path = clips_make(files[i], PICTURE "-g 50 -keyint_min 50 -bf 3");
        struct frames f = cut_frames(path, 5, 7, false);
        assert_true(f.start == 125 && f.key == 100 && f.copy == 100 && f.end == 175 && f.has_copy);
        f = cut_frames(path, 4, 7, false); // the keyframe itself
        assert_true(f.start == 100 && f.key == 100);
        f = cut_frames(path, 3.999, 7, false); // the frame before it is still on screen
        assert_true(f.start == 99 && f.key == 50);
        f = cut_frames(path, 0, 7, false);
        assert_true(f.start == 0 && f.key == 0);
    }
}

static void an_exact_cut_copies_from_the_next_idr_picture(void **state)
{
    (void)state;
    const char *path = clips_make("k.mp4", PICTURE "-g 50 -keyint_min 50 -bf 3");
    struct frames f = cut_frames(path, 5, 7, true);
    assert_true(f.start == 125 && f.copy == 150 && f.has_copy);
    f = cut_frames(path, 4, 7, true);
    assert_true(f.start == 100 && f.copy == 100 && f.has_copy);
    f = cut_frames(path, 5, 5.5, true); // it comes after the end
    assert_true(f.start == 125 && !f.has_copy);
    path = clips_make("o.mp4", PICTURE "-g 50 -bf 3 -x264-params open-gop=1");
    f = cut_frames(path, 5, 7, true); // its keyframes are no IDR pictures
    assert_true(f.start == 125 && !f.has_copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keyframe_at_or_before_the_frame_on_screen_is_found),
        cmocka_unit_test(an_exact_cut_copies_from_the_next_idr_picture),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
