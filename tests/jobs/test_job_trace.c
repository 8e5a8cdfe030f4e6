// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_trace.h"

#include "job/trace.h"
#include "test.h"

#define S INT64_C(1000000000)

static void begin(struct job_trace *trace)
{
    *trace = (struct job_trace){0};
    job_trace_begin(trace,
                    &(struct trace_submit){.id = "j", .type = EXPORT_OVERLAY, .submitted_at_ms = 7},
                    100 * S);
}

static void add_end(struct job_trace *trace, int64_t now_ns)
{
    job_trace_add(trace, (struct trace_line){.kind = TRACE_END, .end = OUTCOME_COMPLETE}, now_ns);
}

static void nothing_is_kept_that_nobody_wants(void **state)
{
    (void)state;
    struct job_trace trace = {0};
    add_end(&trace, 5);
    assert_null(trace.text.data);
    job_trace_done(&trace);
}

static void it_reads_back_with_times_since_the_submit(void **state)
{
    (void)state;
    struct job_trace trace;
    struct trace_reader reader;
    struct trace read = {0};
    struct error err;
    bool found;
    begin(&trace);
    job_trace_add(&trace,
                  (struct trace_line){.kind = TRACE_SERVER,
                                      .server = {.word = TRACE_BEGIN, .phase = PHASE_QUEUE}},
                  100 * S);
    size_t size = trace.text.size;
    add_end(&trace, 105 * S); // a move that could not be written
    job_trace_cut(&trace, size);
    add_end(&trace, 107 * S);
    trace_reader_init(&reader, trace.text.data, trace.text.size);
    assert_int_equal(trace_next(&reader, &read, &found, &err), OK);
    assert_true(found && read.ended && read.tells_server);
    assert_string_equal(read.submit.id, "j");
    assert_int_equal(read.submit.submitted_at_ms, 7);
    assert_int_equal(read.count, 1);
    assert_int_equal(read.end_ns, 7 * S);
    assert_int_equal(reader.counts.broken + reader.counts.stray, 0);
    trace_done(&read);
    job_trace_done(&trace);
}

static void one_that_is_too_long_is_dropped_whole(void **state)
{
    (void)state;
    struct job_trace trace;
    begin(&trace);
    for (int i = 0; !trace.dropped; i++) {
        assert_true(i < JOB_TRACE_MAX);
        struct trace_line line = {.kind = TRACE_EVENT};
        line.event = (struct event){
            .kind = EVENT_ALIVE, .job = "j", .attempt = 1, .seq = (uint64_t)i};
        job_trace_add(&trace, line, 100 * S + i);
    }
    assert_null(trace.text.data);
    job_trace_cut(&trace, 3);
    add_end(&trace, 200 * S);
    assert_null(trace.text.data);
    job_trace_done(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_that_nobody_wants),
        cmocka_unit_test(it_reads_back_with_times_since_the_submit),
        cmocka_unit_test(one_that_is_too_long_is_dropped_whole),
    };
    return cmocka_run_group_tests_name("job_trace", tests, NULL, NULL);
}
