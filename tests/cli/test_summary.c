// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/summary.h"

#include "test.h"

static void the_summary_names_the_film_its_phases_and_the_bars_own_error(void **state)
{
    (void)state;
    static struct job_snapshot s = {
        .state = JOB_COMPLETE,
        .has_result = true,
        .result = {.output = "out/film.mp4", .bytes = 1500000, .frames = 80, .duration_s = 4},
    };
    s.progress.phases[PHASE_UPSCALE].done_units = 80;
    s.progress.phases[PHASE_UPLOAD].done_units = 1500000;
    static const struct record_phase timings[PHASE_COUNT] = {
        [PHASE_UPSCALE] = {.present = true, .busy_s = 40, .wall_s = 41},
        [PHASE_UPLOAD] = {.present = true, .busy_s = 0.5, .wall_s = 41},
        [PHASE_INIT] = {.present = true, .busy_s = 0.25, .wall_s = 0.25},
    };
    struct honesty h = {0};
    honesty_add(&h, 0, 0);
    honesty_add(&h, 21000000000, 0.52);
    const struct summary summary = {
        .snapshot = &s, .timings = timings, .honesty = &h, .total_ns = 42000000000};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    const struct terminal plain = {.columns = 80};
    summary_render(&summary, &plain, &out);
    const char *text = buffer_string(&out);
    assert_non_null(strstr(text, "out/film.mp4  80 frames, 4.00 s, 1.5 MB, made in 42.0 s"));
    assert_non_null(strstr(text, "2.00 frames/s"));
    assert_non_null(strstr(text, "3.0 MB/s"));
    assert_non_null(strstr(text, "off by 1.0 % on average, 2.0 % at most"));
    assert_non_null(strstr(text, phase_info(PHASE_INIT)->label));
    assert_null(strstr(text, phase_info(PHASE_DOWNLOAD)->label));
    assert_null(strchr(text, '\x1b'));
    honesty_done(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_names_the_film_its_phases_and_the_bars_own_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
