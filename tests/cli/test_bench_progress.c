// SPDX-License-Identifier: GPL-3.0-or-later
// test_bench_progress.c — what the bar prints where there is no terminal: a line for each ten
// percent.
#include "cli/bench_progress.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "test.h"

#define SECOND_NS INT64_C(1000000000)

// Plays steps whose true lengths are `factor` times the expected ones; what is said goes to
// nowhere. Returns the mean distance of the bar from the share of the time that has passed.
static double play(const double *expected_s, int n, double factor)
{
    struct bench_progress p;
    double total_s = 0;
    double off = 0;
    int looks = 0;
    int64_t now_ns = 0;
    for (int i = 0; i < n; i++)
        total_s += expected_s[i];
    bench_progress_begin(&p, total_s, now_ns);
    p.bar.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    double last = 0;
    for (int i = 0; i < n; i++) {
        bench_progress_step(&p, expected_s[i]);
        int64_t begin_ns = now_ns;
        int64_t end_ns = now_ns + (int64_t)(expected_s[i] * factor * 1e9);
        for (; now_ns < end_ns; now_ns += SECOND_NS / 2) {
            double fraction = (double)(now_ns - begin_ns) / (double)(end_ns - begin_ns);
            bench_progress_show(&p, fraction, "x", now_ns);
            assert_true(p.tracker.display.d >= last && p.tracker.display.d < 1);
            last = p.tracker.display.d;
            off += fabs(last - (double)now_ns / 1e9 / (total_s * factor));
            looks++;
        }
        now_ns = end_ns;
        bench_progress_end_step(&p);
    }
    (void)close(p.bar.fd);
    return off / looks;
}

static void the_bar_follows_the_share_of_the_time(void **state)
{
    (void)state;
    static const double steps[] = {5, 20, 5, 60, 10, 100};
    assert_true(play(steps, 6, 1) < 0.03);
    assert_true(play(steps, 6, 3) < 0.06);
    assert_true(play(steps, 6, 0.4) < 0.06);
}

// A quick first step says little about the rest.
static void the_time_left_is_what_is_expected_until_much_is_done(void **state)
{
    (void)state;
    struct bench_progress p;
    bench_progress_begin(&p, 100, 0);
    p.bar.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bench_progress_step(&p, 2);
    bench_progress_show(&p, 0.1, "x", SECOND_NS / 50);
    assert_true(p.tracker.eta_whole_s > 70 && p.tracker.eta_whole_s < 140);
    bench_progress_show(&p, 1, "x", SECOND_NS / 5);
    assert_true(p.tracker.eta_whole_s > 50 && p.tracker.eta_whole_s < 140);
    (void)close(p.bar.fd);
}

static void a_step_that_is_passed_over_counts_as_done(void **state)
{
    (void)state;
    struct bench_progress p;
    bench_progress_begin(&p, 10, 0);
    bench_progress_step(&p, 4);
    bench_progress_end_step(&p);
    assert_true(p.done_s == 4 && p.step_s == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bar_follows_the_share_of_the_time),
        cmocka_unit_test(the_time_left_is_what_is_expected_until_much_is_done),
        cmocka_unit_test(a_step_that_is_passed_over_counts_as_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
