// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <math.h>
#include <string.h>

#include "near.h"
#include "progress/model.h"
#include "simulation.h"

// A machine on which upscaling takes `factor` times as long as the shipped prior has it.
static struct record job_on(const char *device, double factor, struct rng *rng)
{
    struct record r = {.type = EXPORT_FRAMING_AI, .by_worker = true, .outcome = OUTCOME_COMPLETE};
    double frames = rng_log_uniform(rng, 30, 1000);
    r.features = (struct features){.has_frames_upscale = true,
                                   .has_frames_output = true,
                                   .has_pixels_in = true,
                                   .has_pixels_out = true,
                                   .pixels_in = 205 * 365,
                                   .pixels_out = 810 * 1440,
                                   .frames_upscale = (uint64_t)frames,
                                   .frames_output = (uint64_t)frames};
    strcpy(r.features.device, device);
    strcpy(r.features.engine, "x4fast");
    struct prior shipped;
    struct forecast f;
    prior_shipped(r.type, &shipped);
    prior_forecast(&shipped, &r.features, &f);
    for (int k = PHASE_STARTUP; k < PHASE_COUNT; k++) {
        double s = exp(f.mean[k] + 0.05 * rng_normal(rng)) * (k == PHASE_UPSCALE ? factor : 1);
        if (forecast_has(&f, (enum phase)k))
            r.phases[k] = (struct record_phase){.present = true, .busy_s = s, .wall_s = s};
        r.total_s += r.phases[k].wall_s;
    }
    return r;
}

static void learn_jobs(struct model *m, int n, const char *device, double factor, struct rng *rng)
{
    for (int i = 0; i < n; i++) {
        struct record r = job_on(device, factor, rng);
        r.at_ms = m->at_ms + 60000;
        assert_int_equal(model_learn(m, &r), RECORD_SOUND);
    }
}

static void expect_upscale(const struct model *m, const char *device, double *ret_factor,
                           double *ret_sigma)
{
    struct rng rng = {99};
    struct record r = job_on(device, 1, &rng);
    struct prior prior, shipped;
    struct forecast f, g;
    model_prior(m, r.type, &r.features, &prior);
    prior_shipped(r.type, &shipped);
    prior_forecast(&prior, &r.features, &f);
    prior_forecast(&shipped, &r.features, &g);
    *ret_factor = exp(f.mean[PHASE_UPSCALE] - g.mean[PHASE_UPSCALE]);
    *ret_sigma = sqrt(f.cov[PHASE_UPSCALE][PHASE_UPSCALE]);
}

static struct model model; // too large for the stack of some machines

static void without_history_the_shipped_prior_speaks(void **state)
{
    (void)state;
    double factor, sigma;
    model_init(&model);
    expect_upscale(&model, "cpu-avx512-2", &factor, &sigma);
    assert_near(factor, 1, 1e-6);
    assert_true(sigma > 0.3 && sigma < 0.9);
}

static void five_jobs_of_a_slow_machine_are_enough(void **state)
{
    (void)state;
    struct rng rng = {5};
    double factor, sigma;
    model_init(&model);
    learn_jobs(&model, 5, "cpu-avx512-2", 3, &rng);
    expect_upscale(&model, "cpu-avx512-2", &factor, &sigma);
    assert_near(factor, 3, 0.25);
    assert_true(sigma < 0.3);
}

static void an_unknown_device_leans_on_the_others_of_its_type(void **state)
{
    (void)state;
    struct rng rng = {6};
    double factor, sigma;
    model_init(&model);
    learn_jobs(&model, 20, "cpu-avx512-2", 3, &rng);
    expect_upscale(&model, "cpu-avx512-4", &factor, &sigma);
    assert_near(factor, 3, 0.7);
    assert_true(sigma > 0.3);
}

static void one_wild_job_moves_little(void **state)
{
    (void)state;
    struct rng rng = {7};
    double factor, sigma;
    model_init(&model);
    learn_jobs(&model, 20, "cpu-avx512-2", 1, &rng);
    learn_jobs(&model, 1, "cpu-avx512-2", 20, &rng);
    expect_upscale(&model, "cpu-avx512-2", &factor, &sigma);
    assert_near(factor, 1, 0.05);
}

static void flawed_records_are_refused_and_counted(void **state)
{
    (void)state;
    struct rng rng = {8};
    struct record r = job_on("cpu-avx512-2", 1, &rng);
    model_init(&model);
    r.by_worker = false;
    assert_int_equal(model_learn(&model, &r), RECORD_NOT_WORKERS);
    assert_int_equal(model.refused[RECORD_NOT_WORKERS], 1);
    assert_int_equal(model.records, 0);
}

static void another_machine_is_noticed_within_three_jobs(void **state)
{
    (void)state;
    struct rng rng = {9};
    struct drift drift;
    double factor, sigma;
    model_init(&model);
    learn_jobs(&model, 20, "cpu-avx512-2", 1, &rng);
    assert_false(model_drift(&model, EXPORT_FRAMING_AI, &drift));
    learn_jobs(&model, 3, "cpu-avx512-2", 2.5, &rng);
    assert_true(model_drift(&model, EXPORT_FRAMING_AI, &drift));
    assert_int_equal(drift.phase, PHASE_UPSCALE);
    assert_true(drift.factor > 1.8 && drift.factor < 3);
    learn_jobs(&model, 5, "cpu-avx512-2", 2.5, &rng);
    expect_upscale(&model, "cpu-avx512-2", &factor, &sigma);
    assert_near(factor, 2.5, 0.35);
}

// One job in three has company, which costs this machine more than a fair share: 2.4 times.
static struct record job_beside(uint64_t others, struct rng *rng)
{
    struct record r = job_on("cpu-avx512-2", others > 0 ? 2.4 : 1, rng);
    r.features.has_runnable = r.features.has_processors = true;
    r.features.runnable = others;
    r.features.processors = 2;
    return r;
}

static double upscale_beside(uint64_t others, double *ret_sigma)
{
    struct rng rng = {99};
    struct record r = job_beside(others, &rng);
    struct prior prior;
    struct forecast f;
    model_prior(&model, r.type, &r.features, &prior);
    prior_forecast(&prior, &r.features, &f);
    *ret_sigma = sqrt(f.cov[PHASE_UPSCALE][PHASE_UPSCALE]);
    return f.mean[PHASE_UPSCALE];
}

static void what_company_costs_is_learnt(void **state)
{
    (void)state;
    struct rng rng = {11};
    struct drift drift;
    double alone_sigma, beside_sigma;
    model_init(&model);
    for (int i = 0; i < 60; i++) {
        struct record r = job_beside(i % 3 == 0 ? 1 : 0, &rng);
        r.at_ms = model.at_ms + 60000;
        assert_int_equal(model_learn(&model, &r), RECORD_SOUND);
    }
    double alone = upscale_beside(0, &alone_sigma);
    double beside = upscale_beside(1, &beside_sigma);
    assert_near(exp(beside - alone), 2.4, 0.25); // as shipped: 1.56
    assert_true(alone_sigma < 0.15 && beside_sigma < 0.2);
    assert_false(model_drift(&model, EXPORT_FRAMING_AI, &drift));
}

// Else their forecasts would be as wide again.
static void jobs_that_never_tell_of_company_have_it_in_their_scatter(void **state)
{
    (void)state;
    struct rng rng = {12};
    struct prior prior;
    struct record r = job_on("cpu-avx512-2", 1, &rng);
    model_init(&model);
    learn_jobs(&model, 20, "cpu-avx512-2", 1, &rng);
    model_prior(&model, r.type, &r.features, &prior);
    assert_true(prior.spread[REG_CONTENTION] < 0.01F);
}

static void a_model_is_its_bytes(void **state)
{
    (void)state;
    static struct model copy;
    struct rng rng = {10};
    model_init(&model);
    learn_jobs(&model, 3, "cpu-avx512-2", 1, &rng);
    assert_true(model_load(&copy, &model, sizeof(model)));
    assert_memory_equal(&copy, &model, sizeof(model));
    assert_false(model_load(&copy, &model, sizeof(model) - 1));
    model.version++;
    assert_false(model_load(&copy, &model, sizeof(model)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_history_the_shipped_prior_speaks),
        cmocka_unit_test(five_jobs_of_a_slow_machine_are_enough),
        cmocka_unit_test(an_unknown_device_leans_on_the_others_of_its_type),
        cmocka_unit_test(one_wild_job_moves_little),
        cmocka_unit_test(flawed_records_are_refused_and_counted),
        cmocka_unit_test(another_machine_is_noticed_within_three_jobs),
        cmocka_unit_test(what_company_costs_is_learnt),
        cmocka_unit_test(jobs_that_never_tell_of_company_have_it_in_their_scatter),
        cmocka_unit_test(a_model_is_its_bytes),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
