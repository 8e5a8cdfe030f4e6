// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/report_text.h"

#include "runs.h"

static void says(const struct buffer *out, const char *words)
{
    if (!strstr(buffer_string(out), words))
        fail_msg("expected “%s” in:\n%s", words, buffer_string(out));
}

static void figures_weights_and_warnings_are_told(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 12, 0.4, true);
    add_log(&s, PUBLISHED "BENCHMARK_DATA: oh\n");
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1 << 20);
    report_text(a, &out);
    says(&out, "13 records in 2 lines\n");
    says(&out, "1 line with BENCHMARK_DATA: could not be read:\n  log:2: expected a JSON object");
    says(&out, "framing_ai: 13 records, 12 cold, 0 warm");
    says(&out, "  weights, of 13 sound records: download 0.0–");
    says(&out, "  seconds per frame ");
    says(&out, "  the model's foresight ");
}

static void one_is_not_many(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_log(&s, PUBLISHED);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1 << 20);
    report_text(a, &out);
    says(&out, "1 record in 1 line\n");
    says(&out, "\nframing_ai: 1 record\n");
    says(&out, "  ! only 1 sample: fewer than 10");
    says(&out, "  ! circular: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_weights_and_warnings_are_told),
        cmocka_unit_test(one_is_not_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
