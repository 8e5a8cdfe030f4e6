// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/crop_path.h"

#include <math.h>

#include "test.h"

static void assert_near(double got, double expected)
{
    if (fabs(got - expected) > 1e-9)
        fail_msg("%.12g is not %.12g", got, expected);
}

static void assert_rect(struct crop_rect r, double x, double y, double width, double height)
{
    assert_near(r.x, x);
    assert_near(r.y, y);
    assert_near(r.width, width);
    assert_near(r.height, height);
}

static struct crop_path path_of(const struct crop_keyframe *keyframes, size_t count)
{
    return (struct crop_path){keyframes, count, 1280, 720, 9.0 / 16};
}

static void no_keyframes_crop_the_middle_with_the_outputs_aspect(void **state)
{
    (void)state;
    struct crop_path tall = path_of(NULL, 0);
    assert_rect(crop_path_at(&tall, 3), 437.5, 0, 405, 720);
    struct crop_path wide = {NULL, 0, 1280, 720, 4};
    assert_rect(crop_path_at(&wide, 3), 0, 200, 1280, 320);
}

static void one_keyframe_stands_still(void **state)
{
    (void)state;
    struct crop_keyframe k[] = {{2, 10.25, 20.5, 205, 365}};
    struct crop_path path = path_of(k, 1);
    assert_rect(crop_path_at(&path, 0), 10.25, 20.5, 205, 365);
    assert_rect(crop_path_at(&path, 9), 10.25, 20.5, 205, 365);
}

static void holds_before_the_first_and_after_the_last(void **state)
{
    (void)state;
    struct crop_keyframe k[] = {{1, 0, 0, 200, 300}, {2, 100, 50, 200, 300}};
    struct crop_path path = path_of(k, 2);
    assert_rect(crop_path_at(&path, 0), 0, 0, 200, 300);
    assert_rect(crop_path_at(&path, 5), 100, 50, 200, 300);
}

static void passes_through_the_keyframes_along_the_spline(void **state)
{
    (void)state;
    struct crop_keyframe k[] = {{0, 0, 0, 100, 100},
                                {1, 100, 10, 100, 100},
                                {2, 300, 30, 100, 100},
                                {4, 400, 90, 100, 100}};
    struct crop_path path = path_of(k, 4);
    for (int i = 0; i < 4; i++)
        assert_rect(crop_path_at(&path, k[i].time_s), k[i].x, k[i].y, 100, 100);
    // Half way, uniform Catmull-Rom weighs its four points -1/16, 9/16, 9/16, -1/16.
    assert_near(crop_path_at(&path, 1.5).x, (-0.0 + 9 * 100 + 9 * 300 - 400) / 16);
    // The end points count twice; the spacing in time does not matter (uniform).
    assert_near(crop_path_at(&path, 0.5).x, (-0.0 + 0.0 + 9 * 100 - 300) / 16);
    assert_near(crop_path_at(&path, 3).x, (-100.0 + 9 * 300 + 9 * 400 - 400) / 16);
}

static void moves_without_jumps(void **state)
{
    (void)state;
    struct crop_keyframe k[] = {{0, 0, 0, 200, 355},
                                {1, 300, 100, 220, 391},
                                {1.5, 200, 60, 200, 355},
                                {6, 900, 9, 240, 426}};
    struct crop_path path = path_of(k, 4);
    struct crop_rect last = crop_path_at(&path, -0.1);
    for (int ms = -100; ms < 7000; ms++) {
        struct crop_rect now = crop_path_at(&path, ms / 1000.0);
        assert_true(fabs(now.x - last.x) < 1.5 && fabs(now.width - last.width) < 0.5);
        last = now;
    }
}

static void stays_inside_by_moving_before_shrinking(void **state)
{
    (void)state;
    struct crop_keyframe outside[] = {{0, 1200, -50, 205, 365}};
    struct crop_path path = path_of(outside, 1);
    assert_rect(crop_path_at(&path, 0), 1075, 0, 205, 365);
    struct crop_keyframe large[] = {{0, 100, 0, 720, 1440}};
    path = path_of(large, 1);
    assert_rect(crop_path_at(&path, 0), 280, 0, 360, 720);
}

static void an_overshoot_never_turns_a_side_inside_out(void **state)
{
    (void)state;
    struct crop_keyframe k[] = {
        {0, 0, 0, 700, 700}, {1, 0, 0, 10, 10}, {2, 0, 0, 10, 10}, {3, 0, 0, 700, 700}};
    struct crop_path path = path_of(k, 4);
    for (int ms = 0; ms <= 3000; ms += 10) {
        struct crop_rect r = crop_path_at(&path, ms / 1000.0);
        assert_true(r.width >= 5 && r.height >= 5);
        assert_true(r.x >= 0 && r.x + r.width <= 1280 && r.y + r.height <= 720);
    }
    assert_near(crop_path_at(&path, 1.5).width, 5);
}

static void ten_thousand_keyframes_are_searched(void **state)
{
    (void)state;
    static struct crop_keyframe k[CROP_MAX_KEYFRAMES];
    for (int i = 0; i < CROP_MAX_KEYFRAMES; i++)
        k[i] = (struct crop_keyframe){i * 0.1, i * 0.05, 0, 100, 100};
    struct crop_path path = path_of(k, CROP_MAX_KEYFRAMES);
    assert_near(crop_path_at(&path, 777.77).x, 777.77 / 2);
}

static void the_output_size_follows_the_smallest_crop(void **state)
{
    (void)state;
    struct crop_keyframe k[] = {{0, 0, 0, 300, 500}, {1, 0, 0, 205, 365}, {2, 0, 0, 250, 400}};
    struct crop_path path = path_of(k, 3);
    struct crop_rect smallest = crop_path_smallest(&path);
    assert_rect(smallest, 0, 0, 205, 365);
    struct output_size size = output_size_for(smallest, 9.0 / 16);
    assert_int_equal(size.height, 1460);
    assert_int_equal(size.width, 822);
    size = output_size_for((struct crop_rect){0, 0, 1280, 720}, 16.0 / 9);
    assert_int_equal(size.width, 2560);
    assert_int_equal(size.height, 1440);
    size = output_size_for((struct crop_rect){0, 0, 1280, 720}, 9.0 / 16);
    assert_int_equal(size.width, 1440);
    assert_int_equal(size.height, 2560);
    size = output_size_for((struct crop_rect){0, 0, 1, 1}, 1);
    assert_int_equal(size.width, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_keyframes_crop_the_middle_with_the_outputs_aspect),
        cmocka_unit_test(one_keyframe_stands_still),
        cmocka_unit_test(holds_before_the_first_and_after_the_last),
        cmocka_unit_test(passes_through_the_keyframes_along_the_spline),
        cmocka_unit_test(moves_without_jumps),
        cmocka_unit_test(stays_inside_by_moving_before_shrinking),
        cmocka_unit_test(an_overshoot_never_turns_a_side_inside_out),
        cmocka_unit_test(ten_thousand_keyframes_are_searched),
        cmocka_unit_test(the_output_size_follows_the_smallest_crop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
