// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/chart.h"

#include <math.h>

#include "test.h"

static void texts_are_escaped(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 4096);
    struct chart c;
    chart_begin(&c, &out, 10, 20, "a<b", "c&d");
    chart_label(&c, 1, 2, ANCHOR_END, "name", "\"x\"\n<script>");
    chart_rect(&c, &(struct box){1, 2, 3, 4}, "seg", NULL);
    chart_dot(&c, 1, 2, 3, "dot", "1 < 2");
    chart_end(&c);
    assert_string_equal(
        buffer_string(&out),
        "<svg role=\"img\" viewBox=\"0 0 10 20\"><title>a&lt;b</title><desc>c&amp;d</desc>\n"
        "<text class=\"name\" x=\"1.0\" y=\"2.0\" text-anchor=\"end\">&quot;x&quot;&lt;script&gt;"
        "</text>\n"
        "<rect class=\"seg\" x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\"/>\n"
        "<circle class=\"dot\" cx=\"1.0\" cy=\"2.0\" r=\"3.0\"><title>1 &lt; 2</title></circle>\n"
        "</svg>\n");
}

static void an_axis_maps_its_ends_and_keeps_values_inside(void **state)
{
    (void)state;
    const struct axis line = {0, 10, 100, 200, false};
    assert_true(axis_at(&line, 0) == 100 && axis_at(&line, 10) == 200 && axis_at(&line, 5) == 150);
    assert_true(axis_at(&line, -3) == 100 && axis_at(&line, 30) == 200);
    const struct axis decades = {0.01, 100, 400, 0, true}; // upwards
    assert_true(fabs(axis_at(&decades, 1) - 200) < 1e-9);
    assert_true(axis_at(&decades, 0) == 400 && axis_at(&decades, 1e9) == 0);
}

static void ticks_are_round_numbers(void **state)
{
    (void)state;
    double ticks[AXIS_TICKS];
    const struct axis line = {0, 47, 0, 1, false};
    assert_int_equal(axis_ticks(&line, ticks), 5);
    assert_true(ticks[1] == 10 && ticks[4] == 40);
    const struct axis narrow = {0.3, 7, 0, 1, true};
    assert_int_equal(axis_ticks(&narrow, ticks), 4);
    assert_true(ticks[0] == 0.5 && ticks[3] == 5);
    const struct axis wide = {0.0009, 2000, 0, 1, true};
    assert_int_equal(axis_ticks(&wide, ticks), 7);
    assert_true(fabs(ticks[0] - 0.001) < 1e-12 && fabs(ticks[6] - 1000) < 1e-9);
    const struct axis point = {3, 3, 0, 1, false};
    assert_int_equal(axis_ticks(&point, ticks), 0);
}

static void ticks_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"},       {0.05, "0.05"}, {20, "20"},
                {1500, "1500"}, {2e7, "2e+07"}, {1e-6, "1e-06"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[16];
        axis_tick_text(rows[i].value, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(an_axis_maps_its_ends_and_keeps_values_inside),
        cmocka_unit_test(ticks_are_round_numbers),
        cmocka_unit_test(ticks_read_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
