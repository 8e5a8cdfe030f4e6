// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clips.h"
#include "media/reader.h"
#include "test.h"

#define VIDEO "-f lavfi -i testsrc2=size=160x90:rate=25 "
// A wave whose pitch tells the time: sin(2π (200 t + 100 t²)), 0.5 high, in two channels.
#define SWEEP(rate)                                                                                \
    "-f lavfi -i \"aevalsrc='0.5*sin(2*PI*(200*t+100*t*t))|0.25*cos(2*PI*300*t)':d=6:s=" rate "\"" \
    " "

static struct audio_reader *open_sound(struct clip *clip, double origin_s, int channels)
{
    struct audio_reader *reader = NULL;
    struct error err = {0};
    struct audio_reader_options options = {
        .name = "clip", .origin_s = origin_s, .channels = channels};
    if (audio_reader_open(&clip->source, &options, &reader, &err) != OK)
        fail_msg("%s", err.text);
    return reader;
}

static double origin_of(struct clip *clip)
{
    struct error err = {0};
    struct reader *reader = NULL;
    struct frame_times times = {0};
    if (reader_open(&clip->source, "clip", NULL, &reader, &err) != OK ||
        reader_frame_times(reader, &times, &err) != OK)
        fail_msg("%s", err.text);
    double origin_s = reader_info(reader)->origin_s;
    frame_times_done(&times);
    reader_free(reader);
    return origin_s;
}

// n samples from start_s on; free() it.
static float *sound(struct audio_reader *reader, double start_s, size_t n)
{
    struct error err = {0};
    float *samples = calloc(n * (size_t)audio_reader_channels(reader), sizeof *samples);
    if (audio_reader_seek(reader, start_s, &err) != OK ||
        audio_reader_read(reader, samples, n, &err) != OK)
        fail_msg("%s", err.text);
    return samples;
}

// How far the first channel is from the sweep, as the root of the mean square, were it `shift_s`
// later.
static double sweep_error(const float *samples, size_t n, double start_s, double shift_s)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double t = start_s + (double)i / 48000 - shift_s;
        double off = (double)samples[2 * i] - 0.5 * sin(2 * M_PI * (200 * t + 100 * t * t));
        sum += off * off;
    }
    return sqrt(sum / (double)n);
}

// The shift, in seconds, that explains the sound best.
static double best_shift_s(const float *samples, size_t n, double start_s)
{
    double best_s = 0;
    double least = sweep_error(samples, n, start_s, 0);
    for (int k = -80; k <= 80; k++) {
        double error = sweep_error(samples, n, start_s, k / 48000.0);
        best_s = error < least ? k / 48000.0 : best_s;
        least = fmin(error, least);
    }
    return best_s;
}

static void check_sync(const char *path, double tolerance_s)
{
    static const double starts[] = {0.5, 3.2, 1.1, 4.0, 0.0, 2.0, 2.05};
    struct clip clip;
    struct clip again;
    clip_load(&clip, path);
    clip_load(&again, path);
    double origin_s = origin_of(&again);
    clip_done(&again);
    struct audio_reader *reader = open_sound(&clip, origin_s, 2);
    assert_int_equal(audio_reader_rate_hz(reader), 48000);
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        float *samples = sound(reader, starts[k], 9600);
        double lead_s = 0.06; // the very first samples of some encoders are faint
        size_t skip_n = (size_t)(lead_s * 48000);
        double shift_s = best_shift_s(samples + 2 * skip_n, 6000, starts[k] + lead_s);
        assert_near(shift_s, 0, tolerance_s);
        assert_true(sweep_error(samples + 2 * skip_n, 6000, starts[k] + lead_s, shift_s) < 0.05);
        free(samples);
    }
    audio_reader_free(reader);
    clip_done(&clip);
}

static void sound_is_where_the_picture_says_in_every_container(void **state)
{
    (void)state;
    const char *const tail = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -t 5 ";
    static const struct {
        const char *file, *sound;
        double tolerance_s;
    } cases[] = {
        {"pcm.mov", SWEEP("48000") "-c:a pcm_s16le ", 0},
        {"aac.mp4", SWEEP("48000") "-c:a aac -b:a 192k ", 0},
        {"aac44.mp4", SWEEP("44100") "-c:a aac -b:a 192k ", 3e-5},
        {"aac.mkv", SWEEP("48000") "-c:a aac -b:a 192k ", 1.1e-3}, // milliseconds
        {"aac.ts", SWEEP("48000") "-c:a aac -b:a 192k ", 1e-4},
        {"mp3.mp4", SWEEP("44100") "-c:a libmp3lame -b:a 192k ", 3e-5},
        {"flac.mkv", SWEEP("44100") "-c:a flac ", 1.1e-3},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char args[512];
        snprintf(args, sizeof args, VIDEO "%s%s", cases[k].sound, tail);
        print_message("# %s\n", cases[k].file);
        check_sync(clips_make(cases[k].file, args), cases[k].tolerance_s);
    }
}

static void a_sample_is_the_same_however_it_is_reached(void **state)
{
    (void)state;
    struct clip clip;
    clip_load(&clip,
              clips_make("pcm.mov", VIDEO SWEEP("48000") "-c:a pcm_s16le -c:v libx264 -t 5"));
    struct audio_reader *reader = open_sound(&clip, 0, 2);
    float *whole = sound(reader, 0, 5 * 48000);
    static const int starts[] = {47999, 12, 200000, 100000, 100001, 239000};
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        float *part = sound(reader, starts[k] / 48000.0, 1000);
        assert_memory_equal(part, whole + 2 * (size_t)starts[k], 1000 * 2 * sizeof *part);
        free(part);
    }
    free(whole);
    audio_reader_free(reader);
    clip_done(&clip);
}

static void before_between_and_behind_the_sound_is_silence(void **state)
{
    (void)state;
    struct clip clip;
    // sound from 1 s to 2 s and from 3 s to 4 s of a picture of 6 s
    clip_load(&clip, clips_make("gaps.mkv",
                                VIDEO SWEEP(
                                    "48000") "-filter:a \"aselect='between(t,1,2)+"
                                             "between(t,3,4)'\" -c:a pcm_s16le -c:v libx264 -t 6"));
    struct audio_reader *reader = open_sound(&clip, 0, 2);
    float *samples = sound(reader, 0, 6 * 48000);
    static const struct {
        double from_s, to_s;
        bool sounds;
    } spans[] = {{0, 0.95, false},
                 {1.05, 1.95, true},
                 {2.05, 2.9, false},
                 {3.1, 3.9, true},
                 {4.1, 6, false}};
    for (size_t k = 0; k < sizeof spans / sizeof *spans; k++) {
        double sum = 0;
        size_t from = (size_t)(spans[k].from_s * 48000);
        size_t to = (size_t)(spans[k].to_s * 48000);
        for (size_t i = from; i < to; i++)
            sum += fabs((double)samples[2 * i]);
        double mean = sum / (double)(to - from);
        assert_true(spans[k].sounds ? mean > 0.2 : mean == 0);
    }
    assert_near(best_shift_s(samples + 2 * 150000, 6000, 150000 / 48000.0), 0, 1.1e-3);
    free(samples);
    audio_reader_free(reader);
    clip_done(&clip);
}

static void one_channel_becomes_two_alike_and_two_become_one(void **state)
{
    (void)state;
    struct clip clip;
    clip_load(&clip,
              clips_make("mono.mov", VIDEO "-f lavfi -i \"aevalsrc='0.5*sin(2*PI*300*t)':s=48000\" "
                                           "-c:a pcm_s16le -c:v libx264 -t 1"));
    struct audio_reader *reader = open_sound(&clip, 0, 2);
    float *samples = sound(reader, 0, 24000);
    double peak = 0;
    for (size_t i = 0; i < 24000; i++) {
        assert_near((double)samples[2 * i], (double)samples[2 * i + 1], 1e-6);
        peak = fmax(peak, (double)samples[2 * i]);
    }
    assert_near(peak, 0.5, 0.01);
    free(samples);
    audio_reader_free(reader);
    reader = open_sound(&clip, 0, 1);
    samples = sound(reader, 0, 24000);
    peak = 0;
    for (size_t i = 0; i < 24000; i++)
        peak = fmax(peak, (double)samples[i]);
    assert_near(peak, 0.5, 0.01);
    free(samples);
    audio_reader_free(reader);
    clip_done(&clip);
}

static void a_silent_film_and_a_failing_source_are_errors(void **state)
{
    (void)state;
    struct clip clip;
    struct error err = {0};
    struct audio_reader *reader = NULL;
    struct audio_reader_options options = {.name = "clip"};
    clip_load(&clip, clips_make("mute.mp4", VIDEO "-c:v libx264 -t 1"));
    assert_int_equal(audio_reader_open(&clip.source, &options, &reader, &err), ERR_MEDIA);
    assert_string_equal(err.text, "clip has no sound");
    clip_done(&clip);

    clip_load(&clip,
              clips_make("pcm.mov", VIDEO SWEEP("48000") "-c:a pcm_s16le -c:v libx264 -t 5"));
    reader = open_sound(&clip, 0, 2);
    clip.fail_at_read = clip.reads + 2;
    float *samples = calloc(5 * 48000 * 2, sizeof *samples);
    assert_int_equal(audio_reader_read(reader, samples, 5 * 48000, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.text, "the line is dead");
    free(samples);
    audio_reader_free(reader);
    clip_done(&clip);
}

static void a_cancel_stops_reading(void **state)
{
    (void)state;
    struct clip clip;
    struct error err = {0};
    struct audio_reader *reader = NULL;
    struct cancel *cancel = cancel_new();
    struct audio_reader_options options = {.name = "clip", .cancel = cancel};
    float samples[200];
    clip_load(&clip,
              clips_make("pcm.mov", VIDEO SWEEP("48000") "-c:a pcm_s16le -c:v libx264 -t 5"));
    assert_int_equal(audio_reader_open(&clip.source, &options, &reader, &err), OK);
    assert_int_equal(audio_reader_read(reader, samples, 100, &err), OK);
    cancel_fire(cancel);
    assert_int_equal(audio_reader_read(reader, samples, 100, &err), ERR_CANCELLED);
    audio_reader_free(reader);
    cancel_free(cancel);
    clip_done(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_is_where_the_picture_says_in_every_container),
        cmocka_unit_test(a_sample_is_the_same_however_it_is_reached),
        cmocka_unit_test(before_between_and_behind_the_sound_is_silence),
        cmocka_unit_test(one_channel_becomes_two_alike_and_two_become_one),
        cmocka_unit_test(a_silent_film_and_a_failing_source_are_errors),
        cmocka_unit_test(a_cancel_stops_reading),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
