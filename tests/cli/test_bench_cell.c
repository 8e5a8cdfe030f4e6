// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bench_cell.h"

#include "job/spec.h"
#include "test.h"

static struct bench_axes full(void)
{
    struct bench_axes axes = {
        .seconds = {5, 15, 60},
        .seconds_count = 3,
        .sources = {{"720p", 1280, 720, 0, NULL}, {"1080p", 1920, 1080, 0, NULL}},
        .source_count = 2,
        .rounds = 1,
    };
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        axes.types[type] = true;
    return axes;
}

static struct bench_cell cells[BENCH_MAX_CELLS];

static void the_matrix_has_each_cell_once_and_short_ones_first(void **state)
{
    (void)state;
    static char names[BENCH_MAX_CELLS][BENCH_NAME];
    struct bench_axes axes = full();
    axes.rounds = 2;
    int n = bench_cells(&axes, cells);
    assert_int_equal(n, 3 * 2 * EXPORT_TYPE_COUNT * 2 * 2);
    for (int i = 0; i < n; i++) {
        bench_cell_name(&cells[i], names[i]);
        assert_true(i == 0 || cells[i - 1].seconds <= cells[i].seconds);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
    assert_string_equal(names[0], "bench-framing_ai-5s-720p-cold-1");
    assert_string_equal(names[1], "bench-framing_ai-5s-720p-warm-1");
}

static void cells_longer_than_their_source_are_left_out(void **state)
{
    (void)state;
    struct bench_axes axes = full();
    axes.sources[0].duration_s = 14.9;
    axes.source_count = 1;
    assert_int_equal(bench_cells(&axes, cells), EXPORT_TYPE_COUNT * 2);
}

static void only_the_wanted_types_are_measured(void **state)
{
    (void)state;
    struct bench_axes axes = full();
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        axes.types[type] = type == EXPORT_OVERLAY;
    assert_int_equal(bench_cells(&axes, cells), 3 * 2 * 2);
    for (int i = 0; i < 12; i++)
        assert_int_equal(cells[i].type, EXPORT_OVERLAY);
}

static void every_cell_is_a_spec_that_is_accepted(void **state)
{
    (void)state;
    struct bench_axes axes = full();
    int n = bench_cells(&axes, cells);
    for (int i = 0; i < 2 * n; i++) {
        struct buffer text BUFFER_AUTO;
        struct spec *spec AUTO(spec_free) = NULL;
        struct error err = {0};
        buffer_init(&text, SPEC_MAX_TEXT_BYTES);
        bench_cell_spec(&cells[i / 2], "in \"x\".mp4", "out.mp4", i % 2, &text);
        if (spec_parse(text.data, text.size, &spec, &err) != OK)
            fail_msg("%s: %s", buffer_string(&text), err.text);
        assert_int_equal(spec->type, cells[i / 2].type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_has_each_cell_once_and_short_ones_first),
        cmocka_unit_test(cells_longer_than_their_source_are_left_out),
        cmocka_unit_test(only_the_wanted_types_are_measured),
        cmocka_unit_test(every_cell_is_a_spec_that_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
