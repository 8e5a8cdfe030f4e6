// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"

#include "test.h"

static struct crop_keyframe at(double x, double y)
{
    return (struct crop_keyframe){.x = x, .y = y, .width = 100, .height = 100};
}

static void a_crop_may_touch_the_source_but_not_miss_it(void **state)
{
    (void)state;
    static const struct {
        double x, y;
        enum status status;
    } cases[] = {
        {-99, 719, OK},         {1279, -99, OK},        {-100, 0, ERR_INVALID},
        {1280, 0, ERR_INVALID}, {0, -100, ERR_INVALID}, {0, 720, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct crop_keyframe keyframe = at(cases[i].x, cases[i].y);
        struct spec_clip clip = {.keyframes = &keyframe, .keyframe_count = 1};
        assert_int_equal(spec_clip_check(&clip, 1280, 720, NULL), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crop_may_touch_the_source_but_not_miss_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
