// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/mixer.h"

#include <math.h>
#include <stdlib.h>

#include "film_check.h"
#include "media/av.h"
#include "test.h"

enum { WIDTH = 34, HEIGHT = 18 };

// Fails unless every sample of plane p is within half a step of `expected`.
static void check_plane(const struct picture *picture, int p, double expected)
{
    const AVFrame *f = picture->frame;
    for (int y = 0; y < (p ? HEIGHT / 2 : HEIGHT); y++)
        for (int x = 0; x < (p ? WIDTH / 2 : WIDTH); x++)
            assert_true(fabs(f->data[p][y * f->linesize[p] + x] - expected) <= 0.501);
}

static void two_pictures_are_mixed_by_their_shares(void **state)
{
    (void)state;
    AUTO(mixer_free) struct mixer *mixer = NULL;
    AUTO(picture_unref) struct picture *a = solid_picture(WIDTH, HEIGHT, 235, 16, 240);
    AUTO(picture_unref) struct picture *b = solid_picture(WIDTH, HEIGHT, 16, 240, 90);
    assert_int_equal(mixer_new(WIDTH, HEIGHT, &mixer, NULL), OK);
    static const double shares[] = {0, 1.0 / 3, 0.5, 0.999, 1};
    for (int i = 0; i < 5; i++) {
        AUTO(picture_unref) struct picture *mixed = NULL;
        assert_int_equal(mixer_mix(mixer, a, b, shares[i], &mixed, NULL), OK);
        check_plane(mixed, 0, shares[i] * 235 + (1 - shares[i]) * 16);
        check_plane(mixed, 1, shares[i] * 16 + (1 - shares[i]) * 240);
        check_plane(mixed, 2, shares[i] * 240 + (1 - shares[i]) * 90);
    }
    check_plane(a, 0, 235); // the parts are as they were
}

static void without_a_second_one_it_goes_to_black(void **state)
{
    (void)state;
    AUTO(mixer_free) struct mixer *mixer = NULL;
    AUTO(picture_unref) struct picture *a = solid_picture(WIDTH, HEIGHT, 200, 50, 220);
    assert_int_equal(mixer_new(WIDTH, HEIGHT, &mixer, NULL), OK);
    static const double shares[] = {0, 0.25, 1};
    for (int i = 0; i < 3; i++) {
        AUTO(picture_unref) struct picture *mixed = NULL;
        assert_int_equal(mixer_mix(mixer, a, NULL, shares[i], &mixed, NULL), OK);
        check_plane(mixed, 0, shares[i] * 200 + (1 - shares[i]) * 16);
        check_plane(mixed, 1, shares[i] * 50 + (1 - shares[i]) * 128);
        check_plane(mixed, 2, shares[i] * 220 + (1 - shares[i]) * 128);
    }
}

static void odd_sizes_are_refused(void **state)
{
    (void)state;
    struct mixer *mixer;
    assert_int_equal(mixer_new(33, 18, &mixer, NULL), ERR_INVALID);
    assert_null(mixer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_pictures_are_mixed_by_their_shares),
        cmocka_unit_test(without_a_second_one_it_goes_to_black),
        cmocka_unit_test(odd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
