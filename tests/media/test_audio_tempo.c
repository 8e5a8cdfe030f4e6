// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio_tempo.h"

#include <math.h>

#include "../sanitized.h"
#include "test.h"

enum { RATE = 48000 };

// Pulls n samples of channel 0 out of a mono tempo that is fed by signal(k).
static float *play(double speed, size_t n, double (*signal)(int64_t k))
{
    AUTO(audio_tempo_free) struct audio_tempo *tempo = NULL;
    assert_int_equal(audio_tempo_new(speed, RATE, 1, &tempo, NULL), OK);
    float *out = mem_zeroed(n, sizeof *out);
    int64_t fed = 0;
    for (size_t at = 0; at < n;) {
        size_t chunk = n - at < 1000 ? n - at : 1000;
        size_t taken = audio_tempo_take(tempo, out + at, chunk);
        assert_in_range(taken, 0, chunk);
        at += taken;
        if (taken > 0)
            continue;
        float in[777];
        for (int i = 0; i < 777; i++)
            in[i] = (float)signal(fed++);
        audio_tempo_feed(tempo, in, 777);
    }
    return out;
}

static double tone_440(int64_t k)
{
    return 0.5 * sin(2 * M_PI * 440 * (double)k / RATE);
}

// A burst of 0.2 s at each full second of the input.
static double burst_each_second(int64_t k)
{
    int64_t into = k % RATE;
    return k >= RATE && into < 9600 ? 0.8 * sin(2 * M_PI * 1000 * (double)into / RATE) : 0;
}

static void the_pitch_stays(void **state)
{
    (void)state;
    static const double speeds[] = {0.1, 0.25, 0.5, 0.8, 1.5, 2, 4, 10};
    for (size_t s = 0; s < sizeof speeds / sizeof *speeds; s++) {
        float *out = play(speeds[s], 2 * RATE, tone_440);
        int rises = 0;
        for (int i = RATE / 2; i < RATE / 2 + RATE; i++)
            rises += out[i - 1] < 0 && out[i] >= 0;
        print_message("# speed %g: %d Hz\n", speeds[s], rises);
        assert_in_range(rises, 437, 443);
        free(out);
    }
}

static void bursts_come_when_they_should_without_drift(void **state)
{
    (void)state;
    static const double speeds[] = {0.25, 0.5, 0.9, 1.1, 2, 3, 4, 8};
    const int seconds = SANITIZED ? 6 : 19;
    for (size_t s = 0; s < sizeof speeds / sizeof *speeds; s++) {
        double speed = speeds[s];
        size_t n = (size_t)((seconds + 1) / speed * RATE);
        float *out = play(speed, n, burst_each_second);
        double worst = 0;
        for (int second = 1; second < seconds; second++) {
            size_t want = (size_t)(second / speed * RATE);
            size_t from = want - (size_t)(0.1 / speed * RATE);
            while (from < n && fabsf(out[from]) < 0.2F)
                from++;
            double late_ms = ((double)from - (double)want) * 1000 / RATE;
            worst = fabs(late_ms) > fabs(worst) ? late_ms : worst;
        }
        print_message("# speed %g: at most %+.1f ms off\n", speed, worst);
        assert_true(fabs(worst) <= (speed < 0.5 ? 10 / speed + 10 : 20));
        free(out);
    }
}

static void absurd_speeds_are_refused(void **state)
{
    (void)state;
    static const double speeds[] = {0, -1, 0.05, 11, NAN, INFINITY};
    for (size_t s = 0; s < sizeof speeds / sizeof *speeds; s++) {
        struct audio_tempo *tempo = NULL;
        struct error err;
        assert_int_equal(audio_tempo_new(speeds[s], RATE, 2, &tempo, &err), ERR_INVALID);
        assert_null(tempo);
    }
}

static void loudness_stays(void **state)
{
    (void)state;
    static const double speeds[] = {0.5, 0.7, 1.3, 2};
    for (size_t s = 0; s < sizeof speeds / sizeof *speeds; s++) {
        float *out = play(speeds[s], 2 * RATE, tone_440);
        double least = 1, most = 0; // of the peak in each 10 ms
        for (int at = RATE / 2; at + 480 < 2 * RATE; at += 480) {
            double peak = 0;
            for (int i = 0; i < 480; i++)
                peak = fmax(peak, fabs((double)out[at + i]));
            least = fmin(least, peak);
            most = fmax(most, peak);
        }
        print_message("# speed %g: peaks %.3f to %.3f\n", speeds[s], least, most);
        assert_true(least > 0.48 && most < 0.52);
        free(out);
    }
}

static void channels_stay_apart_and_together(void **state)
{
    (void)state;
    AUTO(audio_tempo_free) struct audio_tempo *tempo = NULL;
    assert_int_equal(audio_tempo_new(0.75, RATE, 2, &tempo, NULL), OK);
    int64_t fed = 0;
    for (int pulls = 0; pulls < 500; pulls++) {
        float out[2 * 100];
        size_t n = audio_tempo_take(tempo, out, 100);
        for (size_t i = 0; i < n; i++)
            assert_true(fabsf(out[2 * i] + 2 * out[2 * i + 1]) < 1e-5F);
        float in[2 * 64];
        for (int i = 0; i < 64; i++, fed++) {
            in[2 * i] = (float)tone_440(fed);
            in[2 * i + 1] = -0.5F * in[2 * i];
        }
        if (n == 0)
            audio_tempo_feed(tempo, in, 64);
    }
    assert_true(fed > 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pitch_stays),
        cmocka_unit_test(bursts_come_when_they_should_without_drift),
        cmocka_unit_test(loudness_stays),
        cmocka_unit_test(channels_stay_apart_and_together),
        cmocka_unit_test(absurd_speeds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
