// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/grid.h"

#include <stdlib.h>

#include "test.h"

#include "base/memory.h"

static struct grid make(int channels, int block, int width, int height, bool bf16)
{
    struct grid g = {NULL, channels, block, width, height, bf16};
    g.data = mem_zeroed(grid_bytes(&g), 1);
    return g;
}

// Values that bfloat16 holds exactly.
static struct grid counting(int channels, int width, int height)
{
    struct grid g = make(channels, 1, width, height, false);
    for (int i = 0; i < channels * width * height; i++)
        ((float *)g.data)[i] = (float)(i % 200) - 100;
    return g;
}

static void converting_there_and_back_keeps_every_value(void **state)
{
    (void)state;
    static const struct {
        int block;
        bool bf16;
    } layouts[] = {{8, false}, {16, false}, {20, false}, {20, true}};
    struct grid first = counting(20, 5, 3), back = make(20, 1, 5, 3, false);
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        struct grid g = make(20, layouts[i].block, 5, 3, layouts[i].bf16);
        grid_convert(&g, &first);
        memset(back.data, 0, grid_bytes(&back));
        grid_convert(&back, &g);
        assert_memory_equal(back.data, first.data, grid_bytes(&first));
        free(g.data);
    }
    free(first.data);
    free(back.data);
}

static void the_margin_and_nothing_else_is_cleared(void **state)
{
    (void)state;
    struct grid g = make(1, 1, 6, 5, false);
    float *v = g.data;
    for (int i = 0; i < 30; i++)
        v[i] = 1;
    grid_clear_margin(&g, 4, 3, 1);
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 6; x++) {
            bool cleared = y == 3 || (y < 3 && x == 4);
            assert_true(v[y * 6 + x] == (cleared ? 0 : 1));
        }
    free(g.data);
}

static void prelu_has_a_slope_for_each_channel(void **state)
{
    (void)state;
    struct grid g = make(3, 2, 1, 1, false);
    float *v = g.data;
    const float slopes[] = {0.5F, -2, 3};
    v[0] = -4, v[1] = -1, v[2] = -1, v[3] = -7; // v[3] is padding
    grid_prelu(&g, slopes);
    assert_true(v[0] == -2 && v[1] == 2 && v[2] == -3 && v[3] == -7);
    free(g.data);
}

static void bicubic_by_one_is_the_identity_and_keeps_a_flat_picture(void **state)
{
    (void)state;
    struct grid src = counting(3, 8, 4), same = make(3, 1, 8, 4, false);
    grid_bicubic(&same, &src, 8, 4, 1, 1);
    assert_memory_equal(same.data, src.data, grid_bytes(&src));
    for (int i = 0; i < 96; i++)
        ((float *)src.data)[i] = 0.25F;
    struct grid small = make(3, 1, 6, 3, false);
    grid_bicubic(&small, &src, 8, 4, 3, 4);
    for (int i = 0; i < 54; i++)
        assert_float_equal(((float *)small.data)[i], 0.25, 1e-6);
    free(src.data);
    free(same.data);
    free(small.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converting_there_and_back_keeps_every_value),
        cmocka_unit_test(the_margin_and_nothing_else_is_cleared),
        cmocka_unit_test(prelu_has_a_slope_for_each_channel),
        cmocka_unit_test(bicubic_by_one_is_the_identity_and_keeps_a_flat_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
