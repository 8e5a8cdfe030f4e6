// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/prior.h"

static struct features usual(void)
{
    return (struct features){.has_frames_upscale = true,
                             .frames_upscale = 100,
                             .has_pixels_in = true,
                             .pixels_in = 360 * 205,
                             .device = "cpu-avx512-2",
                             .engine = "animevideov3"};
}

static struct forecast forecast_for(const struct features *features)
{
    struct prior prior;
    struct forecast f;
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    prior_forecast(&prior, features, &f);
    return f;
}

static void a_frame_takes_what_was_measured(void **state)
{
    (void)state;
    struct features f = usual();
    struct forecast forecast = forecast_for(&f);
    double frame_s = exp(forecast.mean[PHASE_UPSCALE]) / 100;
    assert_near(frame_s, 0.235, 0.03); // 2 threads of AVX-512
    strcpy(f.device, "cpu-amx-2");
    forecast = forecast_for(&f);
    assert_near(exp(forecast.mean[PHASE_UPSCALE]) / 100, 0.060, 0.01);
}

static void a_dearer_network_takes_longer_in_proportion(void **state)
{
    (void)state;
    struct features f = usual();
    double small = forecast_for(&f).mean[PHASE_UPSCALE];
    strcpy(f.engine, "x4plus");
    assert_near(exp(forecast_for(&f).mean[PHASE_UPSCALE] - small), 35.85 / 1.238, 0.1);
}

static void a_dearer_setting_of_the_encoder_slows_it_alone(void **state)
{
    (void)state;
    struct features f = usual();
    strcpy(f.quality, "fast");
    struct forecast fast = forecast_for(&f);
    strcpy(f.quality, "best");
    struct forecast best = forecast_for(&f);
    assert_true(best.mean[PHASE_ENCODE] > fast.mean[PHASE_ENCODE] + 0.5);
    assert_true(best.mean[PHASE_UPLOAD] >= fast.mean[PHASE_UPLOAD]); // and the film is larger
    assert_near(best.mean[PHASE_UPSCALE], fast.mean[PHASE_UPSCALE], 1e-9);
    strcpy(f.quality, "draft"); // of a later version: as one that was not told
    assert_true(forecast_for(&f).cov[PHASE_ENCODE][PHASE_ENCODE] >
                fast.cov[PHASE_ENCODE][PHASE_ENCODE] + 0.01);
}

static void without_the_network_the_encoder_waits_for_what_is_cut(void **state)
{
    (void)state;
    struct features f = usual();
    f.has_frames_upscale = true;
    f.frames_upscale = 1;
    struct forecast with = forecast_for(&f);
    f.frames_upscale = 0;
    struct forecast without = forecast_for(&f);
    assert_near(without.mean[PHASE_ENCODE] - with.mean[PHASE_ENCODE], log(2.25), 1e-6);
    assert_near(without.mean[PHASE_UPLOAD], with.mean[PHASE_UPLOAD], 1e-9); // the film is the same
    strcpy(f.quality, "best"); // the encoder itself is as slow: the slower of two sets the pace
    assert_near(forecast_for(&f).mean[PHASE_ENCODE] - with.mean[PHASE_ENCODE], log(2.3), 1e-6);
}

static void bytes_from_a_store_take_longer(void **state)
{
    (void)state;
    struct features f = usual();
    f.has_bytes_in = f.has_remote = true;
    f.bytes_in = 40000000;
    double near_s = exp(forecast_for(&f).mean[PHASE_DOWNLOAD]);
    f.remote = true;
    double far_s = exp(forecast_for(&f).mean[PHASE_DOWNLOAD]);
    assert_near(near_s, 0.1, 0.02);
    assert_near(far_s, 1.35, 0.3);
    double sigma2 = forecast_for(&f).cov[PHASE_DOWNLOAD][PHASE_DOWNLOAD];
    f.has_remote = false; // a key: it may be either
    assert_true(forecast_for(&f).cov[PHASE_DOWNLOAD][PHASE_DOWNLOAD] > sigma2 + 1);
}

// The middle of ln T of a phase, beside so many others on so many processors.
static double beside(uint64_t others, uint64_t processors, const char *device, enum phase k)
{
    struct features f = usual();
    f.has_bytes_in = f.has_remote = f.has_runnable = f.has_processors = true;
    f.bytes_in = 40000000;
    f.runnable = others;
    f.processors = processors;
    strcpy(f.device, device);
    return forecast_for(&f).mean[k];
}

static void company_slows_what_computes(void **state)
{
    (void)state;
    static const char here[] = "cpu-avx512-2";
    struct features f = usual();
    double not_told = forecast_for(&f).mean[PHASE_UPSCALE];
    double alone = beside(0, 2, here, PHASE_UPSCALE);
    assert_near(alone, not_told, 1e-6);
    assert_near(exp(beside(1, 2, here, PHASE_UPSCALE) - alone), 1.5, 0.1);
    assert_near(exp(beside(2, 2, here, PHASE_UPSCALE) - alone), 2.15, 0.1);
    assert_near(exp(beside(2, 2, here, PHASE_ENCODE) - beside(0, 2, here, PHASE_ENCODE)), 1.63,
                0.1);
    assert_near(beside(2, 2, here, PHASE_DOWNLOAD), beside(0, 2, here, PHASE_DOWNLOAD), 1e-9);
    assert_near(beside(2, 4, here, PHASE_UPSCALE), alone, 1e-9); // there is room for four
    assert_true(beside(3, 4, here, PHASE_UPSCALE) > alone + 0.1);
}

static void threads_that_are_not_told_are_as_many_as_processors(void **state)
{
    (void)state;
    double alone = beside(0, 8, "gpu", PHASE_ENCODE);
    assert_near(exp(beside(8, 8, "gpu", PHASE_ENCODE) - alone), pow(2, 0.7), 0.01);
    assert_near(beside(8, 0, "gpu", PHASE_ENCODE), alone, 1e-9); // no processors: nothing is told
}

static void what_is_not_known_widens_the_belief(void **state)
{
    (void)state;
    struct features f = usual();
    double known = forecast_for(&f).cov[PHASE_UPSCALE][PHASE_UPSCALE];
    f.device[0] = '\0';
    struct forecast unknown = forecast_for(&f);
    assert_true(unknown.cov[PHASE_UPSCALE][PHASE_UPSCALE] > known + 0.5);
    // and ties together the phases that lean on the same device
    assert_true(unknown.cov[PHASE_UPSCALE][PHASE_ENCODE] > 0.3);
    f.has_pixels_in = false;
    assert_true(forecast_for(&f).cov[PHASE_UPSCALE][PHASE_UPSCALE] >
                unknown.cov[PHASE_UPSCALE][PHASE_UPSCALE]);
    f = usual();
    f.has_runnable = f.has_processors = true;
    f.processors = 2;
    assert_true(forecast_for(&f).cov[PHASE_UPSCALE][PHASE_UPSCALE] < known - 0.02);
}

static void strange_devices_are_unknown_ones(void **state)
{
    (void)state;
    static const char *const devices[] = {"gpu", "cpu-", "cpu-vax-2", "avx512-2", "cpu-avx5120-2"};
    struct features f = usual();
    f.device[0] = '\0';
    double unknown = forecast_for(&f).mean[PHASE_UPSCALE];
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        strcpy(f.device, devices[i]);
        assert_near(forecast_for(&f).mean[PHASE_UPSCALE], unknown, 1e-9);
    }
}

static void every_type_has_a_forecast_of_its_phases(void **state)
{
    (void)state;
    static const struct features nothing;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct export_info *info = export_info((enum export_type)type);
        struct prior priors[2];
        prior_shipped((enum export_type)type, &priors[0]);
        prior_simulated((enum export_type)type, &priors[1]);
        for (int n = 0; n < 2; n++) {
            struct forecast f;
            prior_forecast(&priors[n], &nothing, &f);
            assert_true(forecast_has(&f, PHASE_FINALIZE));
            assert_false(forecast_has(&f, PHASE_QUEUE));
            for (int i = 0; i < info->phase_count; i++) {
                enum phase k = info->phases[i];
                assert_true(forecast_has(&f, k));
                assert_true(isfinite(f.mean[k]) && f.cov[k][k] > 0);
            }
        }
    }
}

// The first frame costs most: a hundred do not take a hundred times as long.
static void people_in_a_frame_are_found_in_a_moment(void **state)
{
    (void)state;
    struct prior prior;
    struct forecast f;
    prior_shipped(EXPORT_DETECT_PLAYERS, &prior);
    struct features features = {.has_frames_output = true, .frames_output = 1};
    prior_forecast(&prior, &features, &f);
    assert_near(exp(f.mean[PHASE_PROCESS]), 0.3, 0.02);
    features.frames_output = 100;
    prior_forecast(&prior, &features, &f);
    assert_near(exp(f.mean[PHASE_PROCESS]), 4.8, 0.3);
}

static void simulated_frames_take_a_second(void **state)
{
    (void)state;
    struct features f = usual();
    struct prior prior;
    struct forecast forecast;
    prior_simulated(EXPORT_FRAMING_AI, &prior);
    prior_forecast(&prior, &f, &forecast);
    assert_near(exp(forecast.mean[PHASE_UPSCALE]), 100, 1e-3);
}

static void classes_cost_what_was_measured_or_what_they_say(void **state)
{
    (void)state;
    assert_near(prior_class_cost("highlight"), 6, 1e-12);
    assert_near(prior_class_cost("inside"), 1, 1e-12);
    assert_near(prior_class_cost("outside"), 1, 1e-12);
    assert_near(prior_class_cost(""), 1, 1e-12);
    assert_near(prior_class_cost("x2.25"), 2.25, 1e-12);
    assert_near(prior_class_cost("xl"), 1, 1e-12);
    assert_near(prior_class_cost("x1e9"), 1, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_takes_what_was_measured),
        cmocka_unit_test(a_dearer_network_takes_longer_in_proportion),
        cmocka_unit_test(bytes_from_a_store_take_longer),
        cmocka_unit_test(without_the_network_the_encoder_waits_for_what_is_cut),
        cmocka_unit_test(a_dearer_setting_of_the_encoder_slows_it_alone),
        cmocka_unit_test(company_slows_what_computes),
        cmocka_unit_test(threads_that_are_not_told_are_as_many_as_processors),
        cmocka_unit_test(what_is_not_known_widens_the_belief),
        cmocka_unit_test(strange_devices_are_unknown_ones),
        cmocka_unit_test(every_type_has_a_forecast_of_its_phases),
        cmocka_unit_test(people_in_a_frame_are_found_in_a_moment),
        cmocka_unit_test(simulated_frames_take_a_second),
        cmocka_unit_test(classes_cost_what_was_measured_or_what_they_say),
    };
    return cmocka_run_group_tests_name("prior", tests, NULL, NULL);
}
