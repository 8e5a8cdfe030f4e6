// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/metrics.h"

#include <stdio.h>

#include "base/text.h"
#include "test.h"

static void every_figure_is_written_once_with_help_and_type(void **state)
{
    (void)state;
    struct metrics m = {0};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 65536);
    for (int i = 0; i < METRIC_COUNT; i++)
        m.values[i] = 1000001 + (uint64_t)i;
    metrics_write(&m, &out);
    int lines = 0;
    for (const char *p = out.data; *p; p = strchr(p, '\n') + 1)
        lines++;
    assert_int_equal(lines, 3 * METRIC_COUNT);
    for (int i = 0; i < METRIC_COUNT; i++) { // those in seconds aside, all are whole numbers
        char value[32];
        (void)snprintf(value, sizeof(value), " %d\n", 1000001 + i);
        assert_true(strstr(out.data, value) != NULL || i == METRIC_LOOP_LATE_LONGEST_US ||
                    i == METRIC_LOOP_WORK_LONGEST_US);
    }
    assert_non_null(strstr(out.data, "headway_loop_late_longest_seconds 1.0000"));
}

static void counters_are_told_from_gauges_by_their_names(void **state)
{
    (void)state;
    struct metrics m = {0};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 65536);
    metrics_write(&m, &out);
    assert_non_null(strstr(out.data, "# TYPE headway_http_requests_total counter\n"));
    assert_non_null(strstr(out.data, "# TYPE headway_viewers gauge\nheadway_viewers 0\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_written_once_with_help_and_type),
        cmocka_unit_test(counters_are_told_from_gauges_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
