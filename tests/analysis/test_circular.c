// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/circular.h"

#include <math.h>

#include "runs.h"

static struct weight_set first;
static const struct named_weights sets[] = {{"first", &first}};

static int set_up(void **state)
{
    (void)state;
    weights_first(&first);
    return 0;
}

static bool check(struct samples *s, struct circular *ret)
{
    samples_finish(s);
    return circular_check(s->all, s->count, sets, 1, ret);
}

static void the_published_table_is_recognised_with_its_arithmetic(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct circular c;
    char text[640];
    samples_init(&s);
    add_log(&s, PUBLISHED);
    assert_true(check(&s, &c));
    assert_string_equal(c.weights, "first");
    assert_true(c.weights_off < 0.5);
    assert_true(c.steps && fabs(c.bar_estimate - 190) < 1e-9);
    circular_text(&c, s.all, text, sizeof(text));
    assert_non_null(strstr(text, "the shares are those of the weights `first`"));
    assert_non_null(strstr(text, "0.8 s × 225 frames + 10 s = 190 s"));
    assert_non_null(strstr(text, "19.0/9.5/123.5/28.5/66.4 s"));
    assert_non_null(strstr(text, "20.1/10.0/122.5/28.1/66.2 s"));
}

// A simulated bar: its phases are fixed parts of an estimate, the last one takes what is left.
static struct benchmark simulated(int i, double estimate_s, double total_s, bool told)
{
    static const double parts[] = {0.1, 0.07, 0.6, 0.13};
    struct benchmark b = {.has_estimate = told,
                          .estimated_s = estimate_s,
                          .record = {.type = EXPORT_FRAMING_AI,
                                     .total_s = total_s,
                                     .by_worker = true,
                                     .at_ms = 1700000000000 + i}};
    const struct export_info *info = export_info(EXPORT_FRAMING_AI);
    double left_s = total_s;
    for (int k = 0; k < 4; k++) {
        double s = parts[k] * estimate_s;
        b.record.phases[info->phases[k]] = phase_of(0, s);
        left_s -= s;
    }
    b.record.phases[PHASE_UPLOAD] = phase_of(0, left_s);
    return b;
}

static void fixed_fractions_of_an_estimate_are_recognised(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct samples s SAMPLES_AUTO;
        struct circular c;
        char text[640];
        samples_init(&s);
        for (int i = 0; i < 6; i++) {
            struct benchmark b = simulated(i, 40 + 7 * i, 50 + 9 * i + (i % 2) * 20, told);
            samples_add(&s, &b);
        }
        assert_true(check(&s, &c));
        assert_true(c.estimate && c.estimate_told == told && c.last == PHASE_UPLOAD);
        circular_text(&c, s.all, text, sizeof(text));
        assert_non_null(strstr(text, told ? "10.0/7.0/60.0/13.0 %)" : "of their sum"));
        assert_non_null(strstr(text, "upload takes what is left"));
    }
}

static void the_clock_of_the_known_bar_is_recognised_in_other_runs_too(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct circular c;
    samples_init(&s);
    for (int i = 0; i < 4; i++) {
        int frames = 100 + 40 * i;
        double estimate_s = 0.8 * frames + 10;
        struct benchmark b = simulated(i, estimate_s, 1.4 * estimate_s, false);
        static const double steps[] = {0.1, 0.05, 0.65, 0.15};
        double left_s = b.record.total_s;
        for (int k = 0; k < 4; k++) {
            double s_k = steps[k] * estimate_s;
            b.record.phases[export_info(EXPORT_FRAMING_AI)->phases[k]].wall_s = s_k;
            left_s -= s_k;
        }
        b.record.phases[PHASE_UPLOAD].wall_s = left_s;
        b.record.features.has_frames_upscale = true;
        b.record.features.frames_upscale = (uint64_t)frames;
        samples_add(&s, &b);
    }
    assert_true(check(&s, &c));
    assert_true(c.steps && !c.weights);
}

static void measured_runs_are_not_circular(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct circular c;
    samples_init(&s);
    add_runs(&s, 0, 20, 0.4, true);
    assert_false(check(&s, &c));
}

static void one_measured_run_is_not_circular(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct circular c;
    samples_init(&s);
    add_runs(&s, 0, 1, 0.4, true);
    assert_false(check(&s, &c));
}

static void types_without_phases_have_no_circles(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct circular c;
    samples_init(&s);
    add_log(&s, "BENCHMARK_DATA: {\"type\":\"extract_clip\",\"phases\":{},\"total_s\":1}\n");
    assert_false(check(&s, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_table_is_recognised_with_its_arithmetic),
        cmocka_unit_test(fixed_fractions_of_an_estimate_are_recognised),
        cmocka_unit_test(the_clock_of_the_known_bar_is_recognised_in_other_runs_too),
        cmocka_unit_test(measured_runs_are_not_circular),
        cmocka_unit_test(one_measured_run_is_not_circular),
        cmocka_unit_test(types_without_phases_have_no_circles),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
