// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/spotlight.h"

#include <math.h>
#include <stdio.h>

#include "media/av.h"
#include "test.h"

// ---- pictures ----

static struct picture *blank(int width, int height)
{
    AVFrame *frame = av_own_frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    return picture_new(frame);
}

static int plane_width(const struct picture *p, int k)
{
    return k ? (p->frame->width + 1) / 2 : p->frame->width;
}

static int plane_height(const struct picture *p, int k)
{
    return k ? (p->frame->height + 1) / 2 : p->frame->height;
}

static uint8_t *sample(const struct picture *p, int k, int x, int y)
{
    return p->frame->data[k] + (ptrdiff_t)y * p->frame->linesize[k] + x;
}

static struct picture *grey(int width, int height, int luma)
{
    struct picture *p = blank(width, height);
    for (int k = 0; k < 3; k++)
        for (int y = 0; y < plane_height(p, k); y++)
            memset(sample(p, k, 0, y), k ? 128 : luma, (size_t)plane_width(p, k));
    return p;
}

static struct picture *noise(int width, int height)
{
    struct picture *p = blank(width, height);
    uint32_t seed = 7;
    for (int k = 0; k < 3; k++)
        for (int y = 0; y < plane_height(p, k); y++)
            for (int x = 0; x < plane_width(p, k); x++)
                *sample(p, k, x, y) = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    return p;
}

// ---- the formula of the header, sample by sample ----

static double step_down(double distance, double ramp)
{
    double t = 0.5 - distance / ramp;
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

static double colour_in(int k, uint32_t rgb, double shade)
{
    double r = shade * (rgb >> 16) / 255, g = shade * (rgb >> 8 & 255) / 255;
    double b = shade * (rgb & 255) / 255, luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return k == 0   ? 16 + 219 * luma
           : k == 1 ? 128 + 112 * (b - luma) / (1 - 0.0722)
                    : 128 + 112 * (r - luma) / (1 - 0.2126);
}

static double expected(const struct spotlight *l, int height, int k, int x, int y, double before)
{
    const struct spot *s = &l->spot;
    double dx = (k ? 2 * x : x) + 0.5 - s->x;
    double dy = (k ? 2 * y + 1 : y + 0.5) - s->y;
    double f = hypot(dx / s->radius_x, dy / s->radius_y);
    double slope = hypot(dx / s->radius_x / s->radius_x, dy / s->radius_y / s->radius_y);
    double d = slope > 0 ? f * (f - 1) / slope : -fmin(s->radius_x, s->radius_y);
    double ramp = fmax(1.5 * height / 1080, k ? 2 : 1);
    double half_line = fmax(2.0 * height / 1080, 1) / 2;
    double half = half_line + height / 1080.0;
    double in = l->effect == REGION_BRIGHTNESS_BOOST ? 1 + s->fill_opacity * s->strength : 1;
    double out = l->effect == REGION_DARK_OVERLAY ? 1 - l->dim * s->strength : 1;
    double black = k ? 128 : 16;
    double inside = step_down(d, ramp);
    double value = black + (before - black) * (inside * in + (1 - inside) * out);
    double opacity = s->stroke_opacity * s->strength;
    double rim = opacity * step_down(fabs(d) - half, ramp);
    value = rim * colour_in(k, s->rgb, 0.35) + (1 - rim) * value;
    double line = opacity * step_down(fabs(d) - half_line, ramp);
    value = line * colour_in(k, s->rgb, 1) + (1 - line) * value;
    return fmin(fmax(value, 0), 255);
}

static void check(const struct spotlight *light, int width, int height)
{
    AUTO(picture_unref) struct picture *before = noise(width, height);
    AUTO(picture_unref) struct picture *after = noise(width, height);
    spotlight_draw(light, after);
    for (int k = 0; k < 3; k++)
        for (int y = 0; y < plane_height(after, k); y++)
            for (int x = 0; x < plane_width(after, k); x++) {
                double want = expected(light, height, k, x, y, *sample(before, k, x, y));
                if (fabs(*sample(after, k, x, y) - want) > 1)
                    fail_msg("plane %d (%d, %d): %d is not %.3f", k, x, y, *sample(after, k, x, y),
                             want);
            }
}

static const struct spot middle = {160, 90, 60, 40, 0.3, 1, 0xFFCC00, 1};

// ---- tests ----

static void every_sample_is_within_one_step_of_the_formula(void **state)
{
    (void)state;
    static const struct spot spots[] = {
        {160, 90, 60, 40, 0.3, 1, 0xFFCC00, 1},        {3.25, 170.5, 31, 90, 1, 0.4, 0x2040FF, 0.3},
        {100, 100, 0.4, 0.7, 0.5, 1, 0xFFFFFF, 1},     {300.7, 20, 200, 7, 0.7, 0.9, 0x000000, 0.8},
        {160, 90, 900, 700, 0.2, 1, 0xFF0000, 1},      {-500, 90, 30, 30, 0.2, 1, 0xFF0000, 1},
        {160.5, 90.5, 25.5, 25.5, 0.9, 0, 0x00FF00, 1}};
    for (size_t i = 0; i < sizeof(spots) / sizeof(spots[0]); i++) {
        for (int effect = 0; effect < REGION_EFFECT_COUNT; effect++) {
            struct spotlight light = {(enum region_effect)effect, 0.15 + 0.1 * (double)i, spots[i]};
            check(&light, 320, 180);
        }
    }
}

static void large_and_odd_widths_are_no_exception(void **state)
{
    (void)state;
    struct spotlight light = {REGION_DARK_OVERLAY, 0.6, {900, 500, 150, 300, 0.3, 1, 0x33AAFF, 1}};
    check(&light, 1906, 1080);
    check(&(struct spotlight){REGION_BRIGHTNESS_BOOST, 0, {20, 30, 15, 20, 1, 1, 0xAABBCC, 1}}, 50,
          62);
}

static void outside_is_dimmed_and_inside_is_as_it_was(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *p = grey(320, 180, 116);
    spotlight_draw(&(struct spotlight){REGION_DARK_OVERLAY, 0.5, middle}, p);
    assert_int_equal(*sample(p, 0, 160, 90), 116);
    assert_int_equal(*sample(p, 0, 130, 75), 116);
    assert_int_equal(*sample(p, 0, 2, 2), 66);
    assert_int_equal(*sample(p, 0, 319, 90), 66);
    assert_int_equal(*sample(p, 1, 0, 0), 128);
}

static void boost_and_original_touch_nothing_outside_the_edge(void **state)
{
    (void)state;
    for (int effect = REGION_BRIGHTNESS_BOOST; effect <= REGION_ORIGINAL; effect++) {
        AUTO(picture_unref) struct picture *p = noise(320, 180);
        AUTO(picture_unref) struct picture *before = noise(320, 180);
        spotlight_draw(&(struct spotlight){(enum region_effect)effect, 0.9, middle}, p);
        int changed = 0;
        for (int y = 0; y < 180; y++)
            for (int x = 0; x < 320; x++) {
                bool near = hypot((x + 0.5 - 160) / 64, (y + 0.5 - 90) / 44) < 1;
                bool same = *sample(p, 0, x, y) == *sample(before, 0, x, y);
                assert_true(near || same);
                changed += !same;
            }
        assert_true(changed > 300);
    }
    AUTO(picture_unref) struct picture *p = grey(320, 180, 116);
    spotlight_draw(&(struct spotlight){REGION_BRIGHTNESS_BOOST, 0.9, middle}, p);
    assert_int_equal(*sample(p, 0, 160, 90), 146);
    spotlight_draw(&(struct spotlight){REGION_ORIGINAL, 0.9, middle}, p);
    assert_int_equal(*sample(p, 0, 160, 90), 146);
}

static void the_edge_rises_without_a_step_back(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *p = grey(1920, 1080, 235);
    struct spot plain = {960, 540, 300.3, 200.7, 0, 0, 0, 1};
    spotlight_draw(&(struct spotlight){REGION_DARK_OVERLAY, 0.8, plain}, p);
    for (int y = 345; y < 540; y += 13) {
        int between = 0;
        for (int x = 1; x <= 960; x++) {
            assert_true(*sample(p, 0, x, y) >= *sample(p, 0, x - 1, y));
            between += *sample(p, 0, x, y) > 60 && *sample(p, 0, x, y) < 235;
        }
        assert_true(between >= 1); // it is a ramp
        assert_int_equal(*sample(p, 0, 0, y), 60);
        assert_int_equal(*sample(p, 0, 960, y), 235);
    }
}

static void the_outline_has_its_colour_and_a_darker_rim(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *p = grey(1920, 1080, 200);
    struct spot white = {960.5, 540.5, 300, 200, 0, 1, 0xFFFFFF, 1};
    spotlight_draw(&(struct spotlight){REGION_ORIGINAL, 0, white}, p);
    int brightest = 0;
    int darkest = 255;
    for (int x = 650; x < 670; x++) {
        int v = *sample(p, 0, x, 540);
        brightest = v > brightest ? v : brightest;
        darkest = v < darkest ? v : darkest;
    }
    assert_true(brightest >= 234);
    assert_true(darkest < 190);
}

static void at_the_end_of_its_exit_nothing_is_left(void **state)
{
    (void)state;
    struct spot gone = middle;
    gone.strength = 0;
    AUTO(picture_unref) struct picture *p = noise(320, 180);
    AUTO(picture_unref) struct picture *before = noise(320, 180);
    for (int effect = 0; effect < REGION_EFFECT_COUNT; effect++)
        spotlight_draw(&(struct spotlight){(enum region_effect)effect, 0.9, gone}, p);
    for (int k = 0; k < 3; k++)
        for (int y = 0; y < plane_height(p, k); y++)
            assert_memory_equal(sample(p, k, 0, y), sample(before, k, 0, y),
                                (size_t)plane_width(p, k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_is_within_one_step_of_the_formula),
        cmocka_unit_test(large_and_odd_widths_are_no_exception),
        cmocka_unit_test(outside_is_dimmed_and_inside_is_as_it_was),
        cmocka_unit_test(boost_and_original_touch_nothing_outside_the_edge),
        cmocka_unit_test(the_edge_rises_without_a_step_back),
        cmocka_unit_test(the_outline_has_its_colour_and_a_darker_rim),
        cmocka_unit_test(at_the_end_of_its_exit_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
