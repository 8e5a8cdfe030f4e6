// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/film.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../sanitized.h"
#include "film_check.h"
#include "media/picture.h"
#include "media/scaler.h"
#include "sys/clock.h"
#include "test.h"

static const struct film_options small = {
    .width = 64,
    .height = 96,
    .fps_num = 30000,
    .fps_den = 1001,
    .expected_frames = 90,
    .has_audio = true,
    .sample_rate = 48000,
    .channels = 2,
    .threads = 1,
    .title = "Ein Flügel: \"1 %\"",
};

// -- tests

static void frames_stand_exactly_at_k_over_fps(void **state)
{
    (void)state;
    static const int rates[][2] = {{30000, 1001}, {25, 1}, {20, 1},          {27, 1},
                                   {24000, 1001}, {60, 1}, {1000000, 33367}, {1, 2}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct film_options options = small;
        options.fps_num = rates[i][0];
        options.fps_den = rates[i][1];
        options.has_audio = false;
        struct record_sink sink;
        struct film_look look;
        film_made(&sink, &options, 35);
        film_look(&sink, &look);
        assert_int_equal(look.video_frames, 35);
        assert_int_equal(look.video_packets, 35);
        assert_false(look.has_audio);
        for (int k = 0; k < 35; k++) {
            double want = (double)k * options.fps_den / options.fps_num;
            assert_true(fabs(look.pts_s[k] - want) < 1e-9);
        }
        assert_true(fabs(look.video_duration_s - 35.0 * options.fps_den / options.fps_num) < 1e-4);
        assert_int_equal((int64_t)look.fps_num * options.fps_den,
                         (int64_t)look.fps_den * options.fps_num);
        film_look_done(&look);
        record_sink_done(&sink);
    }
}

static void the_film_says_what_it_is(void **state)
{
    (void)state;
    struct record_sink sink;
    struct film_look look;
    film_made(&sink, &small, 90);
    film_look(&sink, &look);
    assert_true(look.high_profile);
    assert_true(look.bt709_limited_left);
    assert_true(look.container_colour);
    assert_true(look.moov_in_front);
    assert_string_equal(look.title, small.title);
    assert_true(look.has_audio);
    assert_int_equal(look.channels, 2);
    assert_int_equal(look.rate_hz, 48000);
    assert_in_range(look.key_frames, 2, 90); // one every 60 frames at least
    film_look_done(&look);
    record_sink_done(&sink);
}

static void chapters_are_found_where_they_were_put(void **state)
{
    (void)state;
    static const struct film_chapter chapters[] = {
        {"Anstoß: \"1 %\"", 0, 1.001}, {"二", 1.001, 2.002}, {"", 2.002, 3.003}};
    struct film_options options = small;
    options.chapters = chapters;
    options.chapter_count = 3;
    struct record_sink sink;
    struct film_look look;
    film_made(&sink, &options, 90);
    film_look(&sink, &look);
    assert_true(look.chapters == 3 && look.moov_in_front && look.video_frames == 90);
    for (int i = 0; i < 3; i++) {
        assert_true(fabs(look.chapter_start_s[i] - chapters[i].start_s) < 0.002);
        assert_true(fabs(look.chapter_end_s[i] - chapters[i].end_s) < 0.002);
        assert_string_equal(look.chapter_title[i], chapters[i].title);
    }
    film_look_done(&look);
    record_sink_done(&sink);
}

static void as_many_chapters_as_may_be_fit_in_front(void **state)
{
    (void)state;
    enum { LONGEST = FILM_MAX_CHAPTER_TITLE_BYTES };
    char title[LONGEST + 2] = {0};
    static struct film_chapter chapters[FILM_MAX_CHAPTERS];
    memset(title, 'x', LONGEST);
    for (int i = 0; i < FILM_MAX_CHAPTERS; i++)
        chapters[i] = (struct film_chapter){title, i * 0.003, (i + 1) * 0.003};
    struct film_options options = small;
    options.chapters = chapters;
    options.chapter_count = FILM_MAX_CHAPTERS;
    struct record_sink sink;
    struct film_look look;
    film_made(&sink, &options, 90);
    film_look(&sink, &look);
    assert_true(look.moov_in_front && look.chapters == FILM_MAX_CHAPTERS);
    assert_string_equal(look.chapter_title[3], title);
    film_look_done(&look);
    record_sink_done(&sink);

    struct error err;
    struct film *film = NULL;
    title[LONGEST] = 'x';
    record_sink_init(&sink);
    assert_int_equal(film_open(&sink.sink, &options, NULL, &film, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "chapter 1"));
    record_sink_done(&sink);
}

static void flash_and_click_come_together(void **state)
{
    (void)state;
    struct record_sink sink;
    struct film_look look;
    film_made(&sink, &small, 90);
    film_look(&sink, &look);
    assert_true(fabs(look.audio_duration_s - look.video_duration_s) < 1024.0 / 48000);
    for (int k = 10; k < 90; k += 30) {
        assert_true(look.mean[0][k] > 200);
        assert_true(look.mean[0][k - 1] < 60);
        int64_t i = film_sample_at(&small, k) - 4000;
        while (i < look.samples && fabsf(look.sound[i]) < 0.4F)
            i++;
        double late_ms = (double)i / 48 - look.pts_s[k] * 1000;
        print_message("# click at frame %d: %+.2f ms\n", k, late_ms);
        assert_true(fabs(late_ms) < 1);
    }
    film_look_done(&look);
    record_sink_done(&sink);
}

// A picture that does not compress.
static struct picture *noise_picture(int side, unsigned *seed)
{
    AUTO(scaler_free) struct scaler *scaler = NULL;
    struct image noise = {0};
    struct picture *picture = NULL;
    assert_int_equal(image_resize(&noise, side, side, NULL), OK);
    assert_int_equal(scaler_new(side, side, &scaler, NULL), OK);
    for (size_t i = 0; i < 3 * noise.stride * (size_t)side; i++)
        noise.data[i] = (float)((*seed = *seed * 1664525 + 1013904223) >> 8) / (1 << 24);
    assert_int_equal(scaler_picture(scaler, &noise, &picture, NULL), OK);
    image_done(&noise);
    return picture;
}

static void feed_noise(struct film *film, int side, int frames)
{
    unsigned seed = 7;
    for (int k = 0; k < frames; k++) {
        AUTO(picture_unref) struct picture *p = noise_picture(side, &seed);
        assert_int_equal(film_video(film, p, NULL), OK);
    }
}

static void only_the_head_is_written_twice(void **state)
{
    (void)state;
    // enough bytes that several buffers are written before the end
    struct film_options options = small;
    options.width = options.height = 320;
    options.quality = FILM_BEST;
    struct record_sink sink;
    record_sink_init(&sink);
    AUTO(film_free) struct film *film = NULL;
    struct film_result result;
    assert_int_equal(film_open(&sink.sink, &options, NULL, &film, NULL), OK);
    feed_noise(film, 320, 20);
    assert_int_equal(film_finish(film, &result, NULL), OK);
    assert_true(sink.size > 1000000);
    assert_int_equal(result.bytes, sink.size);
    assert_true(sink.lowest_back >= 0); // it does go back
    assert_true(sink.highest_back <= film_head_bytes(&options));
    assert_true(film_head_bytes(&options) < 100000);
    record_sink_done(&sink);
}

// Pictures whose sound never comes are let go after FILM_MAX_INTERLEAVE_S.
static void pictures_do_not_pile_up_for_missing_sound(void **state)
{
    (void)state;
    struct film_options options = small;
    options.width = options.height = 128;
    options.fps_num = 2;
    options.fps_den = 1;
    struct record_sink sink;
    record_sink_init(&sink);
    AUTO(film_free) struct film *film = NULL;
    struct film_result result;
    assert_int_equal(film_open(&sink.sink, &options, NULL, &film, NULL), OK);
    feed_noise(film, 128, 90);
    int64_t early = sink.size;
    assert_int_equal(film_finish(film, &result, NULL), OK);
    print_message("# %lld of %lld bytes written before the end\n", (long long)early,
                  (long long)sink.size);
    assert_true(early > film_head_bytes(&options) + 256 * 1024);
    record_sink_done(&sink);
}

static void colours_survive_the_encoder(void **state)
{
    (void)state;
    static const float patches[][3] = {{0.8F, 0.1F, 0.1F}, {0.1F, 0.7F, 0.2F}, {0.2F, 0.2F, 0.9F}};
    struct film_options options = small;
    options.has_audio = false;
    AUTO(scaler_free) struct scaler *scaler = NULL;
    assert_int_equal(scaler_new(options.width, options.height, &scaler, NULL), OK);
    for (size_t i = 0; i < 3; i++) {
        const float *c = patches[i];
        struct image image = {0};
        assert_int_equal(image_resize(&image, 80, 120, NULL), OK);
        for (int p = 0; p < 3; p++)
            for (int y = 0; y < 120; y++)
                for (int x = 0; x < 80; x++)
                    image_row(&image, p, y)[x] = c[p];
        AUTO(picture_unref) struct picture *picture = NULL;
        assert_int_equal(scaler_picture(scaler, &image, &picture, NULL), OK);
        struct record_sink sink;
        record_sink_init(&sink);
        AUTO(film_free) struct film *film = NULL;
        struct film_result result;
        assert_int_equal(film_open(&sink.sink, &options, NULL, &film, NULL), OK);
        for (int k = 0; k < 5; k++)
            assert_int_equal(film_video(film, picture, NULL), OK);
        assert_int_equal(film_finish(film, &result, NULL), OK);
        struct film_look look;
        film_look(&sink, &look);
        double luma = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
        for (int k = 0; k < 5; k++) {
            assert_true(fabs(look.mean[0][k] - (16 + 219 * luma)) < 1.5);
            assert_true(fabs(look.mean[1][k] - (128 + 224 * (c[2] - luma) / 1.8556)) < 1.5);
            assert_true(fabs(look.mean[2][k] - (128 + 224 * (c[0] - luma) / 1.5748)) < 1.5);
        }
        film_look_done(&look);
        record_sink_done(&sink);
        image_done(&image);
    }
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    (void)state;
    struct film_options options = small;
    options.threads = 2;
    struct record_sink a, b;
    film_made(&a, &options, 70);
    film_made(&b, &options, 70);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    record_sink_done(&a);
    record_sink_done(&b);
}

static void one_frame_is_a_film(void **state)
{
    (void)state;
    struct film_options options = small;
    options.expected_frames = 1;
    struct record_sink sink;
    struct film_look look;
    film_made(&sink, &options, 1);
    film_look(&sink, &look);
    assert_int_equal(look.video_frames, 1);
    assert_true(look.moov_in_front);
    film_look_done(&look);
    record_sink_done(&sink);
}

static void fewer_frames_than_expected_are_a_film_too(void **state)
{
    (void)state;
    struct record_sink sink;
    struct film_look look;
    struct film_options options = small;
    options.expected_frames = 200000;
    film_made(&sink, &options, 3);
    film_look(&sink, &look);
    assert_int_equal(look.video_frames, 3);
    assert_true(look.moov_in_front);
    film_look_done(&look);
    record_sink_done(&sink);
}

static void more_than_promised_is_refused(void **state)
{
    (void)state;
    struct film_options options = small;
    options.expected_frames = 5;
    struct record_sink sink;
    record_sink_init(&sink);
    AUTO(film_free) struct film *film = NULL;
    struct error err = {0};
    assert_int_equal(film_open(&sink.sink, &options, NULL, &film, &err), OK);
    assert_int_equal(film_feed(film, &options, 5, &err), OK);
    AUTO(picture_unref) struct picture *p = solid_picture(64, 96, 16, 128, 128);
    assert_int_equal(film_video(film, p, &err), ERR_INTERNAL);
    assert_non_null(strstr(err.text, "5 pictures"));
    static float sound[2 * 60000];
    assert_int_equal(film_audio(film, sound, 60000, &err), ERR_INTERNAL);
    struct film_result result; // and what was promised is still a film
    assert_int_equal(film_finish(film, &result, &err), OK);
    record_sink_done(&sink);
}

static void the_reserved_index_grows_faster_than_the_written_one(void **state)
{
    (void)state;
    // as many pictures as AAC packets a second: every chunk holds one packet
    struct film_options options = small;
    options.width = options.height = 16;
    options.fps_num = 47;
    options.fps_den = 1;
    int64_t written[2], reserved[2];
    for (int i = 0; i < 2; i++) {
        options.expected_frames = i ? 4000 : 500;
        struct record_sink sink;
        struct film_look look;
        film_made(&sink, &options, options.expected_frames);
        film_look(&sink, &look);
        assert_int_equal(look.video_frames, options.expected_frames);
        written[i] = look.moov_bytes;
        reserved[i] = film_head_bytes(&options);
        assert_true(sink.highest_back <= reserved[i]);
        film_look_done(&look);
        record_sink_done(&sink);
    }
    double frames = 3500;
    print_message("# %.1f bytes a picture written, %.1f reserved\n",
                  (double)(written[1] - written[0]) / frames,
                  (double)(reserved[1] - reserved[0]) / frames);
    assert_true(reserved[1] - reserved[0] >= written[1] - written[0]);
    assert_true(reserved[0] - written[0] > 32768);
}

static void best_is_better_and_larger_than_fast(void **state)
{
    (void)state;
    int64_t bytes[FILM_QUALITY_COUNT];
    for (int q = 0; q < FILM_QUALITY_COUNT; q++) {
        struct film_options options = small;
        options.quality = (enum film_quality)q;
        options.has_audio = false;
        struct record_sink sink;
        record_sink_init(&sink);
        AUTO(film_free) struct film *film = NULL;
        AUTO(scaler_free) struct scaler *scaler = NULL;
        struct image image = {0};
        struct film_result result;
        assert_int_equal(image_resize(&image, 64, 96, NULL), OK);
        assert_int_equal(scaler_new(64, 96, &scaler, NULL), OK);
        assert_int_equal(film_open(&sink.sink, &options, NULL, &film, NULL), OK);
        for (int k = 0; k < 30; k++) {
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < 96; y++)
                    for (int x = 0; x < 64; x++)
                        image_row(&image, c,
                                  y)[x] = (float)(0.5 + 0.4 * sin(x * 0.9 + y * 0.05 * k + c));
            AUTO(picture_unref) struct picture *p = NULL;
            assert_int_equal(scaler_picture(scaler, &image, &p, NULL), OK);
            assert_int_equal(film_video(film, p, NULL), OK);
        }
        assert_int_equal(film_finish(film, &result, NULL), OK);
        // x264 writes its settings into the stream
        assert_non_null(
            memmem(sink.bytes, (size_t)sink.size, q == FILM_FAST ? "crf=23.0" : "crf=18.0", 8));
        bytes[q] = result.bytes;
        image_done(&image);
        record_sink_done(&sink);
    }
    assert_true(bytes[FILM_BEST] > bytes[FILM_FAST] * 11 / 10);
}

static void a_full_disk_comes_out_as_that(void **state)
{
    (void)state;
    static const int64_t places[] = {1, 300000, 600000};
    for (size_t i = 0; i < 3; i++) {
        struct film_options options = small;
        options.expected_frames = 9000; // a head of 700 kB
        struct record_sink sink;
        record_sink_init(&sink);
        sink.fail_at = places[i];
        AUTO(film_free) struct film *film = NULL;
        struct error err = {0};
        struct film_result result;
        enum status status = film_open(&sink.sink, &options, NULL, &film, &err);
        if (status == OK)
            status = film_feed(film, &options, 200, &err);
        if (status == OK)
            status = film_finish(film, &result, &err);
        assert_int_equal(status, ERR_NO_SPACE);
        assert_int_equal(err.status, ERR_NO_SPACE);
        assert_string_equal(err.text, "write the film: no space left on the test's disk");
        int64_t writes = sink.writes;
        film_free(film);
        film = NULL;
        assert_int_equal(sink.writes, writes); // an abandoned film writes no more
        record_sink_done(&sink);
    }
}

static void cancel_stops_within_a_second(void **state)
{
    (void)state;
    for (int in_finish = 0; in_finish < 2; in_finish++) {
        struct film_options options = small;
        options.width = 512;
        options.height = 512;
        options.quality = FILM_BEST;
        struct record_sink sink;
        record_sink_init(&sink);
        AUTO(cancel_free) struct cancel *cancel = cancel_new();
        AUTO(film_free) struct film *film = NULL;
        struct error err = {0};
        struct film_result result;
        assert_int_equal(film_open(&sink.sink, &options, cancel, &film, &err), OK);
        assert_int_equal(film_feed(film, &options, 30, &err), OK);
        cancel_fire(cancel);
        int64_t begin = clock_now_ns();
        assert_int_equal(in_finish ? film_finish(film, &result, &err)
                                   : film_feed(film, &options, 30, &err),
                         ERR_CANCELLED);
        film_free(film);
        film = NULL;
        assert_true(clock_now_ns() - begin < 1000000000);
        record_sink_done(&sink);
    }
}

static long resident_kib(void)
{
    malloc_trim(0);
    long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &total, &resident), 2);
    fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static enum status swallow(struct byte_sink *self, int64_t offset, const void *src, size_t n,
                           struct error *err)
{
    (void)self, (void)offset, (void)src, (void)n, (void)err;
    return OK;
}

// Ten minutes of film; only its index may grow (about 40 bytes a packet in the muxer).
static void memory_is_flat_over_five_minutes(void **state)
{
    (void)state;
    if (SANITIZED)
        skip(); // what is freed stays resident for a while then
    struct film_options options = small;
    options.width = options.height = 32;
    options.expected_frames = 9000;
    struct byte_sink sink = {.write_at = swallow};
    AUTO(film_free) struct film *film = NULL;
    struct film_result result;
    assert_int_equal(film_open(&sink, &options, NULL, &film, NULL), OK);
    assert_int_equal(film_feed(film, &options, 600, NULL), OK);
    long early = resident_kib();
    assert_int_equal(film_feed(film, &options, 8400, NULL), OK);
    long late = resident_kib();
    print_message("# resident after 20 s: %ld KiB, after 300 s: %ld KiB\n", early, late);
    assert_true(late - early < 12 * 1024);
    assert_int_equal(film_finish(film, &result, NULL), OK);
}

// Sound that never comes must not hold back the pictures for ever, nor the other way round.
static void one_track_may_run_ahead(void **state)
{
    (void)state;
    struct film_options options = small;
    options.expected_frames = 900;
    struct film_options silent = options;
    silent.has_audio = false;
    struct record_sink sink;
    record_sink_init(&sink);
    AUTO(film_free) struct film *film = NULL;
    struct film_result result;
    struct film_look look;
    assert_int_equal(film_open(&sink.sink, &options, NULL, &film, NULL), OK);
    assert_int_equal(film_feed(film, &silent, 900, NULL), OK);
    float *sound = mem_zeroed(2 * 48000 * 30, sizeof *sound);
    assert_int_equal(film_audio(film, sound, 48000 * 30, NULL), OK);
    free(sound);
    assert_int_equal(film_finish(film, &result, NULL), OK);
    film_look(&sink, &look);
    assert_int_equal(look.video_frames, 900);
    assert_in_range(look.samples, 48000 * 30, 48000 * 30 + 2048);
    film_look_done(&look);
    record_sink_done(&sink);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    struct byte_sink sink = {.write_at = swallow};
    static const struct {
        struct film_options options;
        const char *names;
    } cases[] = {
        {{.width = 63, .height = 96, .fps_num = 25, .fps_den = 1, .expected_frames = 1}, "63×96"},
        {{.width = 64, .height = 9600, .fps_num = 25, .fps_den = 1, .expected_frames = 1}, "9600"},
        {{.width = 64, .height = 96, .fps_num = 0, .fps_den = 1, .expected_frames = 1}, "0/1"},
        {{.width = 64, .height = 96, .fps_num = 500, .fps_den = 1, .expected_frames = 1}, "500/1"},
        {{.width = 64, .height = 96, .fps_num = 25, .fps_den = 1}, "0 pictures"},
        {{.width = 64,
          .height = 96,
          .fps_num = 25,
          .fps_den = 1,
          .expected_frames = 1,
          .has_audio = true,
          .sample_rate = 5,
          .channels = 2},
         "5 Hz"},
        {{.width = 64,
          .height = 96,
          .fps_num = 25,
          .fps_den = 1,
          .expected_frames = 1,
          .has_audio = true,
          .sample_rate = 48000,
          .channels = 6},
         "6 audio channels"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct film *film = NULL;
        struct error err = {0};
        assert_int_equal(film_open(&sink, &cases[i].options, NULL, &film, &err), ERR_INVALID);
        assert_null(film);
        assert_non_null(strstr(err.text, cases[i].names));
    }
}

static void this_machine_can_write_films(void **state)
{
    (void)state;
    struct error err = {0};
    if (film_self_test(&err) != OK)
        fail_msg("%s", err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_stand_exactly_at_k_over_fps),
        cmocka_unit_test(the_film_says_what_it_is),
        cmocka_unit_test(chapters_are_found_where_they_were_put),
        cmocka_unit_test(as_many_chapters_as_may_be_fit_in_front),
        cmocka_unit_test(flash_and_click_come_together),
        cmocka_unit_test(only_the_head_is_written_twice),
        cmocka_unit_test(pictures_do_not_pile_up_for_missing_sound),
        cmocka_unit_test(colours_survive_the_encoder),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(one_frame_is_a_film),
        cmocka_unit_test(fewer_frames_than_expected_are_a_film_too),
        cmocka_unit_test(more_than_promised_is_refused),
        cmocka_unit_test(the_reserved_index_grows_faster_than_the_written_one),
        cmocka_unit_test(best_is_better_and_larger_than_fast),
        cmocka_unit_test(a_full_disk_comes_out_as_that),
        cmocka_unit_test(cancel_stops_within_a_second),
        cmocka_unit_test(memory_is_flat_over_five_minutes),
        cmocka_unit_test(one_track_may_run_ahead),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(this_machine_can_write_films),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
