// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/pixel_classes.h"

#include "progress/prior.h"
#include "test.h"

static struct pixel_classes classes_of(const uint64_t *pixels, size_t count)
{
    struct pixel_classes c = {0};
    for (size_t i = 0; i < count; i++)
        pixel_classes_widen(&c, pixels[i]);
    for (size_t i = 0; i < count; i++)
        pixel_classes_count(&c, pixels[i]);
    pixel_classes_finish(&c);
    return c;
}

static void frames_of_about_one_size_need_no_classes(void **state)
{
    (void)state;
    static const uint64_t pixels[] = {1000, 1100, 1190};
    struct pixel_classes c = classes_of(pixels, 3);
    assert_int_equal(c.count, 0);
    assert_null(pixel_classes_name(&c, 1100));
    assert_int_equal(c.frames, 3);
    assert_int_equal(c.pixels, 3290);
    c = classes_of(NULL, 0);
    assert_int_equal(c.count, 0);
}

static void a_class_is_named_by_its_cost(void **state)
{
    (void)state;
    static const uint64_t pixels[] = {129600, 129600, 291600, 129600};
    struct pixel_classes c = classes_of(pixels, 4);
    assert_int_equal(c.count, 2);
    assert_string_equal(pixel_classes_name(&c, 129600), "x1");
    assert_string_equal(pixel_classes_name(&c, 291600), "x2.25");
    assert_int_equal(c.classes[0].units, 3);
    assert_int_equal(c.classes[1].units, 1);
    assert_true(prior_class_cost(c.classes[1].name) == 2.25);
}

static void a_zoom_makes_four_classes_that_hold_all_frames_and_their_cost(void **state)
{
    (void)state;
    uint64_t pixels[1000];
    for (uint64_t i = 0; i < 1000; i++)
        pixels[i] = 10000 + 100 * i;
    struct pixel_classes c = classes_of(pixels, 1000);
    assert_int_equal(c.count, PLAN_MAX_CLASSES);
    uint64_t frames = 0;
    double cost = 0;
    for (int i = 0; i < c.count; i++) {
        frames += c.classes[i].units;
        cost += (double)c.classes[i].units * prior_class_cost(c.classes[i].name);
    }
    assert_int_equal(frames, 1000);
    double first = (double)c.class_pixels[0] / (double)c.class_frames[0];
    assert_true(cost * first > 0.999 * (double)c.pixels);
    assert_true(cost * first < 1.001 * (double)c.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_about_one_size_need_no_classes),
        cmocka_unit_test(a_class_is_named_by_its_cost),
        cmocka_unit_test(a_zoom_makes_four_classes_that_hold_all_frames_and_their_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
