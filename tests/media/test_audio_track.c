// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio_track.h"

#include <math.h>
#include <stdbool.h>

#include "film_check.h"
#include "media/picture.h"
#include "test.h"

enum { RATE = 48000 };

// A tape made of a formula; counts what is asked of it.
struct formula_tape {
    struct audio_tape tape;
    float (*value)(int64_t sample);
    int64_t position;
    int seeks;
    int fail_after_reads; // 0: never
    int reads;
};

static enum status formula_seek(struct audio_tape *self, double start_s, struct error *err)
{
    (void)err;
    struct formula_tape *t = (struct formula_tape *)self;
    t->position = llround(start_s * RATE);
    t->seeks++;
    return OK;
}

static enum status formula_read(struct audio_tape *self, float *dst, size_t n, struct error *err)
{
    struct formula_tape *t = (struct formula_tape *)self;
    if (t->fail_after_reads && ++t->reads > t->fail_after_reads)
        return error_set(err, ERR_MEDIA, "the tape tore");
    for (size_t i = 0; i < n; i++, t->position++)
        dst[2 * i] = dst[2 * i + 1] = t->value(t->position);
    return OK;
}

static struct formula_tape formula(float (*value)(int64_t sample))
{
    return (struct formula_tape){.tape = {.seek = formula_seek, .read = formula_read},
                                 .value = value};
}

static float ramp(int64_t sample)
{
    return (float)sample / (RATE * 100);
}

static float tone(int64_t sample)
{
    return 0.5F * (float)sin(2 * M_PI * 200 * (double)sample / RATE);
}

// 100 ms of tone at each full second.
static float beep_each_second(int64_t sample)
{
    return sample % RATE < RATE / 10 ? 0.8F * (float)cos((double)sample * 0.2) : 0;
}

// Pieces of the given lengths (source seconds) and speeds, one after the other.
static double lay_out(struct timeline_piece *pieces, const double (*lengths)[2], size_t n)
{
    double source = 0, output = 0;
    for (size_t i = 0; i < n; i++) {
        double length = lengths[i][0], speed = lengths[i][1];
        pieces[i] = (struct timeline_piece){source, source + length, speed, output, length / speed};
        source += length;
        output += length / speed;
    }
    return output;
}

// The left channel of the whole track, pulled in odd portions. *ret_n is its length.
static float *pull(struct formula_tape *tape, const struct timeline_piece *pieces, size_t count,
                   double duration_s, int64_t *ret_n)
{
    const struct audio_track_options options = {pieces, count, duration_s, RATE, 2};
    AUTO(audio_track_free) struct audio_track *track = NULL;
    assert_int_equal(audio_track_new(&tape->tape, &options, &track, NULL), OK);
    int64_t length = audio_track_length(track);
    float *left = mem_zeroed((size_t)length, sizeof *left);
    static float both[2 * 1601];
    size_t got = 1;
    for (*ret_n = 0; got > 0; *ret_n += (int64_t)got) {
        assert_int_equal(audio_track_read(track, both, 1601, &got, NULL), OK);
        assert_true(*ret_n + (int64_t)got <= length);
        for (size_t i = 0; i < got; i++)
            left[*ret_n + (int64_t)i] = both[2 * i];
    }
    assert_int_equal(*ret_n, length);
    return left;
}

static void speed_one_copies_samples_exactly(void **state)
{
    (void)state;
    struct formula_tape tape = formula(ramp);
    struct timeline_piece piece = {.source_start_s = 3,
                                   .source_end_s = 5,
                                   .speed = 1,
                                   .output_start_s = 0,
                                   .output_duration_s = 2};
    int64_t n;
    float *left = pull(&tape, &piece, 1, 2.0, &n);
    assert_int_equal(n, 2 * RATE);
    for (int64_t i = 240; i < n - 240; i++)
        assert_true(left[i] == ramp(3 * RATE + i));
    assert_true(fabsf(left[0]) < 0.01F * ramp(3 * RATE)); // from and to silence
    assert_true(fabsf(left[n - 1]) < 0.01F * ramp(5 * RATE));
    free(left);
}

static void the_length_is_that_of_the_film(void **state)
{
    (void)state;
    static const double lengths[][2] = {{1.01, 0.37}, {0.002, 10}, {0.7, 3.3}, {0.5, 1}, {2, 0.1}};
    struct timeline_piece pieces[5];
    double total = lay_out(pieces, lengths, 5);
    static const double offs[] = {0, -0.016, 0.016}; // whole frames are not whole pieces
    for (int i = 0; i < 3; i++) {
        struct formula_tape tape = formula(tone);
        int64_t n;
        free(pull(&tape, pieces, 5, total + offs[i], &n));
        assert_int_equal(n, llround((total + offs[i]) * RATE));
        assert_int_equal(tape.seeks, 5);
    }
}

static void a_cut_inside_steady_sound_changes_nothing(void **state)
{
    (void)state;
    static const double lengths[][2] = {{0.31, 1}, {0.4, 1}, {0.001, 1}, {0.3, 1}};
    struct timeline_piece pieces[4];
    double total = lay_out(pieces, lengths, 4);
    struct formula_tape tape = formula(tone);
    int64_t n;
    float *left = pull(&tape, pieces, 4, total, &n);
    for (int64_t i = 240; i < n - 240; i++)
        assert_true(fabsf(left[i] - tone(i)) < 1e-5F);
    free(left);
}

static void nothing_clicks_at_a_cut(void **state)
{
    (void)state;
    static const double lengths[][2] = {{0.3133, 1}, {0.4, 0.5}, {0.3, 2}, {0.21, 1}};
    struct timeline_piece pieces[4];
    double total = lay_out(pieces, lengths, 4);
    pieces[3].source_start_s += 7.0011; // a jump as well
    struct formula_tape tape = formula(tone);
    int64_t n;
    float *left = pull(&tape, pieces, 4, total, &n);
    float steepest = 0;
    for (int64_t i = 1; i < n; i++)
        steepest = fmaxf(steepest, fabsf(left[i] - left[i - 1]));
    // the tone itself has 0.013, a hard cut up to 1
    print_message("# steepest step: %.4f\n", (double)steepest);
    assert_true(steepest < 0.03F);
    free(left);
}

// Where source second `s` sounds in the output.
static double output_of(const struct timeline_piece *pieces, size_t count, double s)
{
    size_t i = 0;
    while (i + 1 < count && s >= pieces[i].source_end_s)
        i++;
    return pieces[i].output_start_s + (s - pieces[i].source_start_s) / pieces[i].speed;
}

static void beeps_stay_with_their_frames_through_every_cut(void **state)
{
    (void)state;
    static const double lengths[][2] = {{2.5, 1}, {3, 0.5}, {4, 2}, {2.5, 0.8}, {3, 1}, {4, 1.7}};
    struct timeline_piece pieces[6];
    double total = lay_out(pieces, lengths, 6);
    struct formula_tape tape = formula(beep_each_second);
    int64_t n;
    float *left = pull(&tape, pieces, 6, total, &n);
    double worst = 0;
    for (int second = 1; second < 19; second++) {
        double want = output_of(pieces, 6, second);
        int64_t i = (int64_t)((want - 0.15) * RATE);
        while (i < n && fabsf(left[i]) < 0.2F)
            i++;
        double late_ms = ((double)i / RATE - want) * 1000;
        worst = fabs(late_ms) > fabs(worst) ? late_ms : worst;
    }
    print_message("# at most %+.1f ms off\n", worst);
    assert_true(fabs(worst) < 20); // a frame at 50 a second
    free(left);
}

static void many_cuts_do_not_add_up(void **state)
{
    (void)state;
    enum { CUTS = 400 };
    struct timeline_piece pieces[CUTS];
    double source = 0, output = 0;
    for (int i = 0; i < CUTS; i++) {
        double length = 0.1003, speed = i % 2 ? 1 : 2;
        pieces[i] = (struct timeline_piece){source, source + length, speed, output, length / speed};
        source += length;
        output += length / speed;
    }
    struct formula_tape tape = formula(ramp);
    int64_t n;
    float *left = pull(&tape, pieces, CUTS, output, &n);
    assert_int_equal(n, llround(output * RATE));
    // in the middle of each piece of speed 1 the very sample
    for (int i = 1; i < CUTS; i += 2) {
        int64_t at = llround((pieces[i].output_start_s + 0.05) * RATE);
        float want = (float)((pieces[i].source_start_s + 0.05) / 100);
        assert_true(fabsf(left[at] - want) < 1.1F / (RATE * 100));
    }
    free(left);
}

static void the_same_pieces_give_the_same_samples_however_pulled(void **state)
{
    (void)state;
    static const double lengths[][2] = {{0.5, 0.7}, {0.6, 1.9}};
    struct timeline_piece pieces[2];
    double total = lay_out(pieces, lengths, 2);
    struct formula_tape tape = formula(tone);
    int64_t n;
    float *left = pull(&tape, pieces, 2, total, &n);
    const struct audio_track_options options = {pieces, 2, total, RATE, 2};
    AUTO(audio_track_free) struct audio_track *track = NULL;
    struct formula_tape again = formula(tone);
    assert_int_equal(audio_track_new(&again.tape, &options, &track, NULL), OK);
    size_t got = 1;
    for (int64_t at = 0; at < n; at += (int64_t)got) {
        float both[2 * 37];
        assert_int_equal(audio_track_read(track, both, 37, &got, NULL), OK);
        for (size_t i = 0; i < got; i++)
            assert_true(both[2 * i] == left[at + (int64_t)i]);
    }
    free(left);
}

static void the_tapes_error_comes_through(void **state)
{
    (void)state;
    struct formula_tape tape = formula(tone);
    tape.fail_after_reads = 2;
    struct timeline_piece piece = {0, 10, 1, 0, 10};
    const struct audio_track_options options = {&piece, 1, 10, RATE, 2};
    AUTO(audio_track_free) struct audio_track *track = NULL;
    assert_int_equal(audio_track_new(&tape.tape, &options, &track, NULL), OK);
    float both[2 * 100];
    size_t got;
    struct error err = {0};
    assert_int_equal(audio_track_read(track, both, 100, &got, &err), OK);
    assert_int_equal(audio_track_read(track, both, 100, &got, &err), OK);
    assert_int_equal(audio_track_read(track, both, 100, &got, &err), ERR_MEDIA);
    assert_string_equal(err.text, "the tape tore");
}

static void absurd_speeds_are_refused(void **state)
{
    (void)state;
    struct formula_tape tape = formula(tone);
    struct timeline_piece pieces[2] = {{0, 1, 1, 0, 1}, {1, 2, 0, 1, 1}};
    const struct audio_track_options options = {pieces, 2, 2, RATE, 2};
    struct audio_track *track = NULL;
    assert_int_equal(audio_track_new(&tape.tape, &options, &track, NULL), ERR_INVALID);
    assert_null(track);
}

// The whole way: track and film together, then decoded. A flash is on screen for the source's
// first 100 ms of each second, which is when it beeps.
static void flash_and_beep_come_together_in_the_film(void **state)
{
    (void)state;
    static const double lengths[][2] = {{2.5, 1}, {2, 0.5}, {4, 2}, {1.5, 1}};
    struct timeline_piece pieces[4];
    double total = lay_out(pieces, lengths, 4);
    const int fps = 30;
    int64_t frames = llround(total * fps);
    struct film_options film_options = {.width = 32,
                                        .height = 32,
                                        .fps_num = fps,
                                        .fps_den = 1,
                                        .expected_frames = frames,
                                        .has_audio = true,
                                        .sample_rate = RATE,
                                        .channels = 2,
                                        .threads = 1};
    const struct audio_track_options options = {pieces, 4, (double)frames / fps, RATE, 2};
    struct formula_tape tape = formula(beep_each_second);
    struct record_sink sink;
    struct film_result result;
    struct film_look look;
    record_sink_init(&sink);
    AUTO(audio_track_free) struct audio_track *track = NULL;
    AUTO(film_free) struct film *film = NULL;
    AUTO(picture_unref) struct picture *black = solid_picture(32, 32, 16, 128, 128);
    AUTO(picture_unref) struct picture *white = solid_picture(32, 32, 235, 128, 128);
    assert_int_equal(audio_track_new(&tape.tape, &options, &track, NULL), OK);
    assert_int_equal(film_open(&sink.sink, &film_options, NULL, &film, NULL), OK);
    for (int64_t k = 0; k < frames; k++) {
        double out = (double)k / fps + 1e-4;
        size_t i = 0;
        while (i < 3 && out >= pieces[i + 1].output_start_s)
            i++;
        double source = pieces[i].source_start_s +
                        (out - pieces[i].output_start_s) * pieces[i].speed;
        float sound[2 * RATE / 30];
        size_t got;
        assert_int_equal(film_video(film, fmod(source, 1) < 0.1 ? white : black, NULL), OK);
        assert_int_equal(audio_track_read(track, sound, RATE / fps, &got, NULL), OK);
        assert_int_equal(film_audio(film, sound, (int64_t)got, NULL), OK);
    }
    assert_int_equal(film_finish(film, &result, NULL), OK);
    film_look(&sink, &look);
    assert_int_equal(look.video_frames, frames);
    assert_in_range(look.samples, llround(total * RATE), llround(total * RATE) + 1024);
    int flashes = 0;
    for (int64_t k = 1; k < frames; k++) {
        if (look.mean[0][k] < 128 || look.mean[0][k - 1] > 128)
            continue;
        int64_t i = (int64_t)((look.pts_s[k] - 0.1) * RATE);
        while (i < look.samples && fabsf(look.sound[i]) < 0.25F)
            i++;
        double late_ms = ((double)i / RATE - look.pts_s[k]) * 1000;
        print_message("# flash at %.3f s, beep %+.1f ms\n", look.pts_s[k], late_ms);
        assert_true(fabs(late_ms) < 1000.0 / fps);
        flashes++;
    }
    assert_int_equal(flashes, 9);
    film_look_done(&look);
    record_sink_done(&sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speed_one_copies_samples_exactly),
        cmocka_unit_test(the_length_is_that_of_the_film),
        cmocka_unit_test(a_cut_inside_steady_sound_changes_nothing),
        cmocka_unit_test(nothing_clicks_at_a_cut),
        cmocka_unit_test(beeps_stay_with_their_frames_through_every_cut),
        cmocka_unit_test(many_cuts_do_not_add_up),
        cmocka_unit_test(the_same_pieces_give_the_same_samples_however_pulled),
        cmocka_unit_test(the_tapes_error_comes_through),
        cmocka_unit_test(absurd_speeds_are_refused),
        cmocka_unit_test(flash_and_beep_come_together_in_the_film),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
