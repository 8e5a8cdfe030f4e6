// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/shares.h"

#include <math.h>

#include "test.h"

static struct record record(double download_s, double upscale_s, double encode_s)
{
    return (struct record){
        .type = EXPORT_FRAMING_AI,
        .phases[PHASE_STARTUP] = {.present = true, .wall_s = 50},
        .phases[PHASE_DOWNLOAD] = {.present = true, .busy_s = download_s, .wall_s = 99},
        .phases[PHASE_UPSCALE] = {.present = true, .busy_s = upscale_s, .wall_s = 99},
        .phases[PHASE_ENCODE] = {.present = true, .wall_s = encode_s},
    };
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void shares_are_of_the_workers_own_seconds(void **state)
{
    (void)state;
    double share[PHASE_COUNT];
    struct record r = record(1, 8, 1); // wall times of overlapping phases do not count
    assert_true(shares_of(&r, share));
    assert_true(near(share[PHASE_DOWNLOAD], 0.1) && near(share[PHASE_UPSCALE], 0.8) &&
                near(share[PHASE_ENCODE], 0.1) && share[PHASE_STARTUP] == 0);
}

static void a_record_without_seconds_has_no_shares(void **state)
{
    (void)state;
    double share[PHASE_COUNT];
    struct record r = {.phases[PHASE_QUEUE] = {.present = true, .wall_s = 3}};
    assert_false(shares_of(&r, share));
}

static void mean_and_spread_are_over_records(void **state)
{
    (void)state;
    struct shares s = {0};
    double share[PHASE_COUNT];
    for (int i = 0; i < 3; i++) {
        struct record r = record(1 + i, 9 - i, 0); // 0.1, 0.2, 0.3
        assert_true(shares_of(&r, share));
        shares_add(&s, share);
    }
    assert_int_equal(s.records, 3);
    assert_true(near(s.mean[PHASE_DOWNLOAD], 0.2));
    assert_true(near(shares_spread(&s, PHASE_DOWNLOAD), 0.1));
    struct shares one = {.records = 1};
    assert_true(shares_spread(&one, PHASE_DOWNLOAD) == 0);
}

static void the_weights_follow_the_order_of_the_phases(void **state)
{
    (void)state;
    struct shares s = {.records = 1, .mean = {[PHASE_DOWNLOAD] = 0.25, [PHASE_UPSCALE] = 0.75}};
    struct weight_set set = {0};
    shares_weights(&s, EXPORT_FRAMING_AI, &set);
    const struct weight *upscale = &set.weights[EXPORT_FRAMING_AI][PHASE_UPSCALE];
    assert_true(near(upscale->start_percent, 25) && near(upscale->end_percent, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_of_the_workers_own_seconds),
        cmocka_unit_test(a_record_without_seconds_has_no_shares),
        cmocka_unit_test(mean_and_spread_are_over_records),
        cmocka_unit_test(the_weights_follow_the_order_of_the_phases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
