// SPDX-License-Identifier: GPL-3.0-or-later
// extract_clip in this process, through export_run(). What is in the film:
// tests/media/test_remux.c.
#include "../media/clips.h"
#include "../storage/folder.h"
#include "run.h"

#define SOURCE "-f lavfi -i testsrc2=size=160x120:rate=25 -f lavfi -i sine -t 10 "
#define H264 SOURCE "-c:v libx264 -g 50 -keyint_min 50 -sc_threshold 0 -pix_fmt yuv420p -c:a aac"

static void begin(struct run *run, const char *input, const char *fields)
{
    run_begin(run, "extract_clip", "\"input\":\"%s\",\"output\":\"film.mp4\",%s", input, fields);
}

static void succeed(struct run *run, const char *mode)
{
    char said[64];
    run_make_film(run);
    (void)snprintf(said, sizeof(said), "{\"mode\":\"%s\",", mode);
    if (strncmp(run->result.data, said, strlen(said)) != 0)
        fail_msg("%s is not %s", run->result.data, mode);
}

static void fail_with(const char *input, const char *fields, enum status status, const char *text)
{
    struct run run;
    begin(&run, input, fields);
    run_fail(&run, status, text);
    run_end(&run);
}

static void a_copy_says_where_its_keyframe_lies_and_counts_bytes(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("a.mp4", H264), "\"start\":5,\"end\":7.4");
    succeed(&run, "copy");
    assert_string_equal(run.result.data, "{\"mode\":\"copy\",\"start_s\":5,\"keyframe_offset_s\":1,"
                                         "\"frames_encoded\":0}");
    assert_int_equal(run.result.frames, 60);
    assert_near(run.result.duration_s, 2.4, 0.0001);
    const struct recorder *r = &run.recorder;
    assert_true(r->plan.phases[PHASE_DOWNLOAD].present && r->plan.phases[PHASE_UPLOAD].present);
    assert_false(r->plan.phases[PHASE_ENCODE].present);
    assert_true(recorder_ended_at(r, PHASE_DOWNLOAD) > 0);
    assert_true(recorder_ended_at(r, PHASE_UPLOAD) >= run.result.bytes);
    run_end(&run);
}

static void an_exact_cut_counts_the_frames_it_encodes(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("a.mp4", H264), "\"start\":5,\"end\":7.4,\"copy_codec\":false");
    succeed(&run, "cut");
    assert_int_equal(run.result.frames, 60);
    assert_int_equal(run.recorder.plan.phases[PHASE_ENCODE].total_units, 25);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_ENCODE), 25);
    run_end(&run);
}

static void what_cannot_be_cut_is_encoded_anew_and_says_so(void **state)
{
    (void)state;
    static const char *const sources[][2] = {
        {"m.avi", SOURCE "-c:v mpeg4 -c:a mp3"},
        {"pcm.mov", SOURCE "-c:v libx264 -pix_fmt yuv420p -c:a pcm_s16le"},
        {"odd.mkv", SOURCE "-vf crop=159:119:0:0 -c:v ffv1 -c:a flac"},
    };
    for (int i = 0; i < 3; i++) {
        struct run run;
        begin(&run, clips_make(sources[i][0], sources[i][1]),
              "\"start\":5,\"end\":7.4,\"copy_codec\":false");
        succeed(&run, "encode");
        assert_int_equal(run.result.frames, 60);
        assert_near(run.result.duration_s, 2.4, 0.0001);
        assert_true(recorder_find(&run.recorder, TOLD_NOTE, PHASE_COUNT) >= 0);
        assert_false(run.recorder.plan.phases[PHASE_UPSCALE].present); // nothing is enlarged
        run_end(&run);
    }
}

static void bad_input_is_named_and_leaves_nothing(void **state)
{
    (void)state;
    fail_with("missing.mp4", "\"end\":1", ERR_NOT_FOUND, "missing.mp4");
    fail_with(clips_make("a.mp4", H264), "\"start\":10", ERR_INVALID,
              "start: 10 s is not before the end of the source, which lasts 10 s");
    fail_with(clips_path("a.mp4"), "\"start\":5,\"end\":99", ERR_INVALID,
              "end: 99 s is behind the end of the source, which lasts 10 s");
    fail_with(clips_make("sound.m4a", "-f lavfi -i sine -t 2 -c:a aac"), "\"end\":1", ERR_MEDIA,
              "has sound but no picture");
    fail_with(clips_make("ffv1.mkv", SOURCE "-c:v ffv1 -c:a aac"), "\"end\":1", ERR_MEDIA,
              "picture (ffv1) cannot be copied into an MP4");
    fail_with(clips_make("pcm.mov", SOURCE "-c:v libx264 -c:a pcm_s16le"), "\"end\":1", ERR_MEDIA,
              "sound (pcm_s16le) cannot be copied into an MP4");
}

static void the_input_is_never_overwritten(void **state)
{
    (void)state;
    struct run run;
    const char *input = clips_make("a.mp4", H264);
    assert_int_equal(symlink(input, "film.mp4"), 0);
    begin(&run, input, "\"end\":1");
    run_go(&run);
    assert_int_equal(run.status, ERR_INVALID);
    assert_non_null(strstr(run.err.text, "is the input itself"));
    assert_int_equal(unlink("film.mp4"), 0);
    run_end(&run);
}

static void a_cancel_stops_within_a_second_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct told moments[] = {
        {.kind = TOLD_BEGIN, .phase = PHASE_DOWNLOAD},
        {.kind = TOLD_REPORT, .phase = PHASE_ENCODE, .done_units = 2},
        {.kind = TOLD_BEGIN, .phase = PHASE_UPLOAD},
    };
    for (int i = 0; i < 3; i++) {
        struct run run;
        begin(&run, clips_make("a.mp4", H264), "\"start\":5,\"end\":9,\"copy_codec\":false");
        run_stop_at(&run, moments[i]);
        run_until_stopped(&run);
        run_end(&run);
    }
}

static int enter(void **state)
{
    return folder_enter(state) != 0 || clips_begin(NULL) != 0;
}

static int leave(void **state)
{
    return clips_end(NULL) != 0 || folder_leave(state) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_says_where_its_keyframe_lies_and_counts_bytes),
        cmocka_unit_test(an_exact_cut_counts_the_frames_it_encodes),
        cmocka_unit_test(what_cannot_be_cut_is_encoded_anew_and_says_so),
        cmocka_unit_test(bad_input_is_named_and_leaves_nothing),
        cmocka_unit_test(the_input_is_never_overwritten),
        cmocka_unit_test(a_cancel_stops_within_a_second_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
