// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/region_path.h"

#include <math.h>

#include "test.h"

static struct region_keyframe keys[] = {
    {1, 100, 50, 40, 60, 0.2, 1, 0xFF0000},
    {2, 200, 50, 40, 60, 0.2, 1, 0x00FF00},
    {3, 200, 90, 80, 20, 0.4, 0, 0x0000FF},
};
static struct region_keyframe still[] = {{8, 5, 6, 7, 8, 0.5, 0.5, 0x123456}};
static const struct region regions[] = {{1, 4, keys, 3}, {4, 5, NULL, 0}, {8, 8.2, still, 1}};
enum { REGIONS = sizeof(regions) / sizeof(regions[0]) };

static void assert_near(double got, double expected)
{
    if (fabs(got - expected) > 1e-9)
        fail_msg("%.12g is not %.12g", got, expected);
}

static struct spot spot_at(double time_s)
{
    struct spot spot;
    if (!region_path_at(regions, REGIONS, time_s, &spot))
        fail_msg("no spot at %g", time_s);
    return spot;
}

static bool is_dark(double time_s)
{
    struct spot spot;
    return !region_path_at(regions, REGIONS, time_s, &spot);
}

static void a_region_reaches_from_its_start_up_to_its_end(void **state)
{
    (void)state;
    assert_true(is_dark(0.999));
    assert_false(is_dark(1));
    assert_false(is_dark(3.999));
    assert_true(is_dark(7));
    assert_false(is_dark(8));
    assert_true(is_dark(8.2));
    assert_true(is_dark(1e9));
    struct spot spot;
    assert_false(region_path_at(NULL, 0, 1, &spot));
}

static void a_region_without_keyframes_draws_nothing(void **state)
{
    (void)state;
    assert_true(is_dark(4));
    assert_true(is_dark(4.5));
}

static void the_ellipse_passes_through_its_keyframes(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct spot spot = spot_at(keys[i].time_s);
        assert_near(spot.x, keys[i].x);
        assert_near(spot.y, keys[i].y);
        assert_near(spot.radius_x, keys[i].radius_x);
        assert_near(spot.radius_y, keys[i].radius_y);
        assert_near(spot.fill_opacity, keys[i].fill_opacity);
        assert_near(spot.stroke_opacity, keys[i].stroke_opacity);
        assert_int_equal(spot.rgb, keys[i].rgb);
    }
    assert_near(spot_at(3.5).x, 200); // holds after the last
}

static void between_keyframes_it_follows_the_spline(void **state)
{
    (void)state;
    // the middle of (100, 100, 200, 200): (−100 + 900 + 1800 − 200) / 16
    assert_near(spot_at(1.5).x, 150);
    assert_near(spot_at(2.5).y, (-50 + 9 * 50 + 9 * 90 - 90) / 16.0);
}

static void what_overshoots_stays_in_its_range(void **state)
{
    (void)state;
    static struct region_keyframe wild[] = {
        {0, 0, 0, 300, 300, 1, 0, 0xFFFFFF},
        {1, 0, 0, 2, 2, 1, 0, 0xFFFFFF},
        {2, 0, 0, 2, 2, 1, 0, 0xFFFFFF},
        {3, 0, 0, 300, 300, 0, 1, 0x000000},
    };
    static const struct region region = {0, 4, wild, 4};
    for (int i = 0; i < 300; i++) {
        struct spot spot;
        assert_true(region_path_at(&region, 1, i / 100.0, &spot));
        assert_true(spot.radius_x >= 1 && spot.radius_y >= 1);
        assert_true(spot.fill_opacity >= 0 && spot.fill_opacity <= 1);
        assert_true(spot.stroke_opacity >= 0 && spot.stroke_opacity <= 1);
    }
}

static void the_exit_fades_with_the_square_of_what_is_left(void **state)
{
    (void)state;
    assert_near(spot_at(3).strength, 1);
    assert_near(spot_at(3.75).strength, 1);
    assert_near(spot_at(3.875).strength, 0.25);
    assert_near(region_strength(1, 4, 4), 0);
    // 0.2 s long: the fade takes half of it
    assert_near(spot_at(8.1).strength, 1);
    assert_near(spot_at(8.15).strength, 0.25);
}

static void a_spot_is_stretched_to_another_frame_size(void **state)
{
    (void)state;
    struct spot spot = spot_at(1);
    region_spot_scale(&spot, 2, 0.5);
    assert_near(spot.x, 200);
    assert_near(spot.y, 25);
    assert_near(spot.radius_x, 80);
    assert_near(spot.radius_y, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_reaches_from_its_start_up_to_its_end),
        cmocka_unit_test(a_region_without_keyframes_draws_nothing),
        cmocka_unit_test(the_ellipse_passes_through_its_keyframes),
        cmocka_unit_test(between_keyframes_it_follows_the_spline),
        cmocka_unit_test(what_overshoots_stays_in_its_range),
        cmocka_unit_test(the_exit_fades_with_the_square_of_what_is_left),
        cmocka_unit_test(a_spot_is_stretched_to_another_frame_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
