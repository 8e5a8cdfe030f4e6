// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/reader.h"

#include "clips.h"
#include "test.h"

#define SOURCE "-f lavfi -i testsrc2=size=320x180:rate=25 "
#define PICTURE SOURCE "-frames:v 50 "
#define SOUND "-f lavfi -i sine=frequency=440:sample_rate=44100 "

static struct reader *open_clip(struct clip *clip)
{
    struct error err = {0};
    struct reader *reader = NULL;
    if (reader_open(&clip->source, "clip", NULL, &reader, &err) != OK)
        fail_msg("%s", err.text);
    return reader;
}

static struct frame_times times_of(struct reader *reader)
{
    struct error err = {0};
    struct frame_times times = {0};
    if (reader_frame_times(reader, &times, &err) != OK)
        fail_msg("%s", err.text);
    return times;
}

static struct error refusal(struct clip *clip)
{
    struct error err = {0};
    struct reader *reader = NULL;
    assert_int_not_equal(reader_open(&clip->source, "clip", NULL, &reader, &err), OK);
    assert_null(reader);
    clip_done(clip);
    return err;
}

static void check_steady(const char *path, size_t count, double rate)
{
    struct clip clip;
    clip_load(&clip, path);
    struct reader *reader = open_clip(&clip);
    struct frame_times times = times_of(reader);
    assert_int_equal(times.count, count);
    for (size_t i = 0; i < count; i++)
        assert_near(times.start_s[i], (double)i / rate, 0.00051);
    assert_near(times.end_s, (double)count / rate, 0.0011);
    assert_int_equal(reader_info(reader)->frame_count, count);
    assert_near(reader_info(reader)->duration_s, times.end_s, 1e-9);
    frame_times_done(&times);
    reader_free(reader);
    clip_done(&clip);
}

static void the_sample_clip_has_280_frames_at_20_per_second(void **state)
{
    (void)state;
    struct clip clip;
    check_steady(clips_sample("cockatoo.mp4"), 280, 20);
    clip_load(&clip, clips_sample("cockatoo.mp4"));
    struct reader *reader = open_clip(&clip);
    const struct media_info *info = reader_info(reader);
    assert_int_equal(info->width, 1280);
    assert_int_equal(info->height, 720);
    assert_int_equal(info->fps.num, 20 * info->fps.den);
    assert_string_equal(info->codec, "h264");
    assert_true(info->has_audio);
    reader_free(reader);
    clip_done(&clip);
}

static void every_container_gives_the_same_frame_times(void **state)
{
    (void)state;
    const char *const x264 = PICTURE "-c:v libx264 -preset fast -bf 3 -g 20 -pix_fmt yuv420p";
    check_steady(clips_make("b.mp4", x264), 50, 25);
    check_steady(clips_make("b.mov", x264), 50, 25);
    check_steady(clips_make("b.mkv", x264), 50, 25);
    check_steady(clips_make("b.ts", x264), 50, 25);
    check_steady(clips_make("b.flv", x264), 50, 25);
    check_steady(clips_make("front.mp4", PICTURE "-c:v libx264 -movflags +faststart"), 50, 25);
    check_steady(clips_make("frag.mp4", PICTURE "-c:v libx264 -bf 2 -g 10 -pix_fmt yuv420p "
                                                "-movflags frag_keyframe+empty_moov"),
                 50, 25);
    check_steady(clips_make("a.avi", PICTURE "-c:v mpeg4 -bf 0"), 50, 25);
    check_steady(clips_make("b.avi", PICTURE "-c:v mpeg4 -bf 2"), 50, 25);
    check_steady(clips_make("v.webm", PICTURE "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 "
                                              "-b:v 200k -deadline realtime"),
                 50, 25);
}

static void an_index_saves_reading_the_file(const char *name, const char *how, size_t frames)
{
    struct clip clip;
    clip_load(&clip, clips_make(name, how));
    struct reader *reader = open_clip(&clip);
    struct frame_times times = times_of(reader);
    assert_int_equal(times.count, frames);
    assert_true(clip.bytes_read < clip.source.size_bytes / 4);
    frame_times_done(&times);
    reader_free(reader);
    clip_done(&clip);
}

static void an_index_saves_reading_at_any_rate(void **state)
{
    (void)state;
    an_index_saves_reading_the_file("long.mp4",
                                    "-f lavfi -i testsrc2=size=640x360:rate=25 -frames:v 1000 "
                                    "-c:v libx264 -preset ultrafast -g 25 -b:v 4M",
                                    1000);
    an_index_saves_reading_the_file(
        "long-vfr.mp4",
        "-f lavfi -i testsrc2=size=640x360:rate=25 -frames:v 600 -vf "
        "'settb=1/1000,setpts=N*40+mod(N\\,3)*10' -enc_time_base 1/1000 "
        "-fps_mode passthrough -c:v libx264 -preset ultrafast -bf 2 -g 25 -b:v 4M",
        600);
}

static void a_variable_rate_is_told_frame_by_frame(void **state)
{
    (void)state;
    struct clip clip;
    // frame n at n²/100 s
    clip_load(&clip,
              clips_make("vfr.mp4", PICTURE "-vf \"settb=1/1000,setpts=N*N*10\" -c:v libx264 "
                                            "-bf 2 -fps_mode passthrough -enc_time_base 1/1000 "
                                            "-video_track_timescale 1000 -pix_fmt yuv420p"));
    struct reader *reader = open_clip(&clip);
    struct frame_times times = times_of(reader);
    assert_int_equal(times.count, 50);
    for (size_t i = 0; i < times.count; i++)
        assert_near(times.start_s[i], (double)(i * i) / 100, 0.0011);
    assert_true(times.end_s > times.start_s[49]);
    frame_times_done(&times);
    reader_free(reader);
    clip_done(&clip);
}

static void an_edit_list_hides_the_frames_that_it_cuts(void **state)
{
    (void)state;
    // a stream copy from 0.6 s starts at the keyframe before and hides 15 frames by an edit list
    clips_make("whole.mp4", PICTURE "-c:v libx264 -bf 2 -g 100 -pix_fmt yuv420p");
    struct clip clip;
    clip_load(&clip, clips_make("edit.mp4", "-ss 0.6 -i whole.mp4 -c copy"));
    struct reader *reader = open_clip(&clip);
    struct frame_times times = times_of(reader);
    assert_int_equal(times.count, 35);
    assert_near(times.start_s[0], 0, 1e-9);
    assert_near(times.start_s[34], 34 / 25.0, 0.001);
    frame_times_done(&times);
    reader_free(reader);
    clip_done(&clip);
}

static void rotation_and_pixel_shape_give_the_display_size(void **state)
{
    (void)state;
    clips_make("flat.mp4", PICTURE "-c:v libx264 -pix_fmt yuv420p");
    struct clip clip;
    clip_load(&clip, clips_make("turned.mp4", "-i flat.mp4 -c copy -metadata:s:v rotate=90"));
    struct reader *reader = open_clip(&clip);
    assert_int_equal(reader_info(reader)->rotation, 270);
    assert_int_equal(reader_info(reader)->width, 180);
    assert_int_equal(reader_info(reader)->height, 320);
    assert_int_equal(reader_info(reader)->coded_width, 320);
    reader_free(reader);
    clip_done(&clip);
    clip_load(&clip,
              clips_make("wide.mp4", PICTURE "-vf setsar=4/3 -c:v libx264 -pix_fmt yuv420p"));
    reader = open_clip(&clip);
    assert_int_equal(reader_info(reader)->width, 427);
    assert_int_equal(reader_info(reader)->height, 180);
    reader_free(reader);
    clip_done(&clip);
}

static void colour_tags_are_told(void **state)
{
    (void)state;
    struct clip clip;
    clip_load(&clip, clips_make("tags.mp4", PICTURE "-c:v libx264 -pix_fmt yuv420p10le -colorspace "
                                                    "bt2020nc -color_range pc -color_trc "
                                                    "arib-std-b67 -color_primaries bt2020"));
    struct reader *reader = open_clip(&clip);
    assert_string_equal(reader_info(reader)->matrix, "bt2020nc");
    assert_string_equal(reader_info(reader)->range, "pc");
    assert_string_equal(reader_info(reader)->transfer, "arib-std-b67");
    assert_string_equal(reader_info(reader)->pixel_format, "yuv420p10le");
    reader_free(reader);
    clip_done(&clip);
}

static void bytes_needed_follow_the_range(void **state)
{
    (void)state;
    struct clip clip;
    clip_load(&clip,
              clips_make("sound.mp4", SOURCE SOUND "-c:v libx264 -g 10 -pix_fmt yuv420p -t 2"));
    struct reader *reader = open_clip(&clip);
    uint64_t all = reader_bytes_needed(reader, 0, 10);
    uint64_t first = reader_bytes_needed(reader, 0, 0.8);
    uint64_t second = reader_bytes_needed(reader, 0.8, 10);
    assert_true(all > (uint64_t)clip.source.size_bytes * 9 / 10);
    assert_true(all <= (uint64_t)clip.source.size_bytes);
    assert_true(first > 0 && first < all && second > 0 && second < all);
    assert_true(first + second >= all);
    reader_free(reader);
    clip_done(&clip);
}

static void what_is_no_video_is_refused_in_one_sentence(void **state)
{
    (void)state;
    struct clip clip;
    clip_text(&clip, "", 0);
    assert_string_equal(refusal(&clip).text, "clip is empty (0 bytes)");
    clip_text(&clip, "hello, this is a text\n", 22);
    assert_string_equal(refusal(&clip).text,
                        "clip is not a video file that can be read (it looks like text)");
    char noise[5000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * i * 31 + i / 7);
    clip_text(&clip, noise, sizeof noise);
    struct error err = refusal(&clip);
    assert_int_equal(err.status, ERR_MEDIA);
    assert_non_null(strstr(err.text, "it begins with the bytes 00 1f 7c"));
    clip_load(&clip, clips_make("only.m4a", SOUND "-t 1"));
    assert_string_equal(refusal(&clip).text, "clip has sound but no picture");
    clip_load(&clip, clips_make("still.png", PICTURE "-frames:v 1"));
    assert_non_null(strstr(refusal(&clip).text, "PNG picture"));
    clip_text(&clip, "#EXTM3U\nfile:///etc/passwd\n", 27);
    assert_non_null(strstr(refusal(&clip).text, "playlist"));
}

static void a_film_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    struct clip clip;
    const char *const x264 = PICTURE "-c:v libx264 -pix_fmt yuv420p ";
    clip_load(&clip, clips_make("end.mp4", x264)); // moov at the end
    clip_truncate(&clip, clip.bytes.size / 2);
    assert_string_equal(refusal(&clip).text, "clip is cut off: its index (moov) is missing");
    clip_load(&clip, clips_make("front.mp4", PICTURE "-c:v libx264 -movflags +faststart"));
    clip_truncate(&clip, clip.bytes.size / 2);
    struct error err = refusal(&clip);
    assert_int_equal(err.status, ERR_MEDIA);
    assert_non_null(strstr(err.text, "clip is cut off: it should have at least"));
}

static void the_byte_sources_own_error_comes_through(void **state)
{
    (void)state;
    struct clip clip;
    for (int at = 1; at <= 3; at++) {
        clip_load(&clip, clips_make("end.mp4", PICTURE "-c:v libx264 -pix_fmt yuv420p"));
        clip.fail_at_read = at;
        struct error err = {0};
        struct reader *reader = NULL;
        enum status status = reader_open(&clip.source, "clip", NULL, &reader, &err);
        struct frame_times times = {0};
        if (status == OK)
            status = reader_frame_times(reader, &times, &err);
        if (clip.reads < at)
            status = ERR_UNAVAILABLE; // the file was read in fewer reads
        else
            assert_string_equal(err.text, "the line is dead");
        assert_int_equal(status, ERR_UNAVAILABLE);
        frame_times_done(&times);
        reader_free(reader);
        clip_done(&clip);
    }
}

static void a_cancel_during_the_scan_is_told_as_such(void **state)
{
    (void)state;
    struct clip clip;
    clip_load(&clip, clips_make("b.mkv", PICTURE "-c:v libx264 -bf 3 -g 20 -pix_fmt yuv420p"));
    for (int at = 1; at <= 2; at++) {
        struct cancel *cancel = cancel_new();
        struct reader *reader = NULL;
        struct error err = {0};
        clip.reads = 0;
        clip.cancel = cancel;
        clip.cancel_at_read = at;
        enum status status = reader_open(&clip.source, "clip", cancel, &reader, &err);
        struct frame_times times = {0};
        if (status == OK)
            status = reader_frame_times(reader, &times, &err);
        assert_int_equal(status, ERR_CANCELLED);
        frame_times_done(&times);
        reader_free(reader);
        cancel_free(cancel);
    }
    clip_done(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_clip_has_280_frames_at_20_per_second),
        cmocka_unit_test(every_container_gives_the_same_frame_times),
        cmocka_unit_test(an_index_saves_reading_at_any_rate),
        cmocka_unit_test(a_variable_rate_is_told_frame_by_frame),
        cmocka_unit_test(an_edit_list_hides_the_frames_that_it_cuts),
        cmocka_unit_test(rotation_and_pixel_shape_give_the_display_size),
        cmocka_unit_test(colour_tags_are_told),
        cmocka_unit_test(bytes_needed_follow_the_range),
        cmocka_unit_test(what_is_no_video_is_refused_in_one_sentence),
        cmocka_unit_test(a_film_that_is_cut_off_is_refused),
        cmocka_unit_test(the_byte_sources_own_error_comes_through),
        cmocka_unit_test(a_cancel_during_the_scan_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
