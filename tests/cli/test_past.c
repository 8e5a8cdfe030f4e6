// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/past.h"

#include <stdio.h>

#include "../job/recorded.h"
#include "../storage/folder.h"

static void write_file(const char *name, const struct buffer *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text->data, 1, text->size, f), text->size);
    assert_int_equal(fclose(f), 0);
}

static void traces_teach(void **state)
{
    (void)state;
    struct past past PAST_AUTO;
    struct recorded r;
    struct error err;
    recorded_init(&r);
    for (int i = 0; i < 4; i++)
        recorded_job(&r, "a", 1000 + 100 * i, 10, 0.2);
    write_file("traces.ndjson", &r.text);
    past_init(&past);
    if (past_add(&past, "traces.ndjson", &err) != OK || past_learn(&past, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(past.model->records, 4);
    assert_int_equal(past.fit->types[EXPORT_FRAMING_AI].count, 4);
    recorded_done(&r);
}

static void records_in_a_log_teach_too(void **state)
{
    (void)state;
    struct past past PAST_AUTO;
    struct buffer text BUFFER_AUTO;
    struct error err;
    buffer_init(&text, 10000);
    buffer_text(&text, "a line of something else\n"
                       "[worker] BENCHMARK_DATA: {\"v\":1,\"type\":\"overlay\",\"job\":\"r\","
                       "\"at_ms\":5,\"src\":\"worker\",\"total_s\":4,\"frames_output\":100,"
                       "\"phases\":{\"process\":{\"busy_s\":3,\"wall_s\":3.5}}}\n"
                       "BENCHMARK_DATA: {broken\n");
    write_file("worker.log", &text);
    past_init(&past);
    if (past_add(&past, "worker.log", &err) != OK || past_learn(&past, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(past.model->records, 1);
    assert_int_equal(past.fit->types[EXPORT_OVERLAY].count, 1);
}

static void what_cannot_teach_is_refused(void **state)
{
    (void)state;
    struct past past PAST_AUTO;
    struct buffer text BUFFER_AUTO;
    struct error err;
    buffer_init(&text, 100);
    buffer_text(&text, "nothing of the kind\n");
    write_file("other.txt", &text);
    past_init(&past);
    assert_int_equal(past_add(&past, "other.txt", &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "other.txt: expected a trace"));
    assert_int_equal(past_add(&past, "nowhere", &err), ERR_NOT_FOUND);
}

static void a_censored_trace_teaches_nothing(void **state)
{
    (void)state;
    struct past past PAST_AUTO;
    struct buffer text BUFFER_AUTO;
    struct error err;
    buffer_init(&text, 1000);
    buffer_text(&text, "{\"at_ms\":0,\"submit\":{\"type\":\"overlay\"}}\n");
    write_file("censored.ndjson", &text);
    past_init(&past);
    assert_int_equal(past_add(&past, "censored.ndjson", &err), OK);
    assert_int_equal(past_learn(&past, &err), OK);
    assert_int_equal(past.model->records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_teach),
        cmocka_unit_test(records_in_a_log_teach_too),
        cmocka_unit_test(what_cannot_teach_is_refused),
        cmocka_unit_test(a_censored_trace_teaches_nothing),
    };
    return cmocka_run_group_tests_name("past", tests, folder_enter, folder_leave);
}
