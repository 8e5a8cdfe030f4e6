// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/read_plan.h"

#include "test.h"

enum { BLOCK = READ_PLAN_BLOCK, BLOCKS = 16384, MOST = 8 };

// An object of a gigabyte, and which of its blocks are here.
struct world {
    struct read_plan plan;
    bool here[BLOCKS];
    int64_t fetched;
};

static bool is_here(const void *context, int64_t block)
{
    return ((const struct world *)context)->here[block];
}

static void begin(struct world *w)
{
    *w = (struct world){0};
    read_plan_init(&w->plan, (int64_t)BLOCKS * BLOCK);
}

// Fetches what the plan wants until it wants nothing.
static void settle(struct world *w)
{
    struct read_span span;
    while (read_plan_next(&w->plan, MOST, is_here, w, &span)) {
        assert_in_range(span.count, 1, MOST);
        for (int64_t i = 0; i < span.count; i++) {
            assert_false(w->here[span.first + i]);
            w->here[span.first + i] = true;
            w->fetched++;
        }
    }
}

static void read_at(struct world *w, int64_t offset, int64_t n)
{
    read_plan_read(&w->plan, offset, (size_t)n);
    for (int64_t block = offset / BLOCK; block * BLOCK < offset + n; block++) {
        w->fetched += !w->here[block];
        w->here[block] = true;
    }
    settle(w);
}

static void single_reads_fetch_nothing_ahead(void **state)
{
    (void)state;
    static struct world w;
    begin(&w);
    read_at(&w, 0, BLOCK);
    read_at(&w, (int64_t)500 << 20, BLOCK);
    read_at(&w, (int64_t)900 << 20, BLOCK);
    assert_int_equal(w.fetched, 3);
    read_plan_done(&w.plan);
}

static void a_sequential_reader_is_served_ahead_and_a_stop_wastes_little(void **state)
{
    (void)state;
    static struct world w;
    begin(&w);
    int64_t at = (int64_t)100 << 20;
    int absent = 0;
    for (int i = 0; i < 160; i++, at += 2 * BLOCK) { // 20 MB
        absent += !w.here[at / BLOCK];
        read_at(&w, at, 2 * BLOCK);
    }
    assert_in_range(absent, 1, 20);
    assert_in_range(w.fetched, 320, 320 + 320 / 4 + 1);
    read_plan_done(&w.plan);
}

static void what_is_expected_is_fetched_and_nothing_behind_it(void **state)
{
    (void)state;
    static struct world w;
    begin(&w);
    int64_t from = ((int64_t)300 << 20) + 1234;
    int64_t to = from + (20 << 20);
    read_plan_expect(&w.plan, from, to);
    settle(&w);
    assert_int_equal(w.fetched, 0);
    read_plan_begin(&w.plan);
    settle(&w);
    assert_in_range(w.fetched * BLOCK, READ_PLAN_WINDOW - MOST * BLOCK, READ_PLAN_WINDOW + BLOCK);
    int absent = 0;
    for (int64_t at = from; at < to; at += 2 * BLOCK) {
        absent += !w.here[at / BLOCK];
        read_at(&w, at, at + 2 * BLOCK < to ? 2 * BLOCK : to - at);
    }
    assert_int_equal(absent, 0);
    assert_int_equal(w.fetched, (to - 1) / BLOCK - from / BLOCK + 1);
    read_plan_done(&w.plan);
}

static void past_one_expectation_the_next_is_fetched(void **state)
{
    (void)state;
    static struct world w;
    begin(&w);
    static const int64_t starts[] = {700 << 20, 100 << 20, 400 << 20};
    for (int i = 0; i < 3; i++)
        read_plan_expect(&w.plan, starts[i], starts[i] + (1 << 20));
    read_plan_begin(&w.plan);
    settle(&w);
    for (int i = 0; i < 3; i++)
        assert_true(w.here[starts[i] / BLOCK] && w.here[(starts[i] + (1 << 20) - 1) / BLOCK]);
    assert_int_equal(w.fetched, 3 * 16);
    read_plan_done(&w.plan);
}

static void requests_do_not_dribble(void **state)
{
    (void)state;
    static struct world w;
    struct read_span span;
    begin(&w);
    read_plan_expect(&w.plan, 0, (int64_t)100 << 20);
    read_plan_begin(&w.plan);
    settle(&w);
    int64_t before = w.fetched;
    for (int i = 0; i < MOST - 1; i++)
        read_at(&w, (int64_t)i * BLOCK, BLOCK);
    assert_int_equal(w.fetched, before);
    read_plan_read(&w.plan, (MOST - 1) * (int64_t)BLOCK, BLOCK);
    assert_true(read_plan_next(&w.plan, MOST, is_here, &w, &span));
    assert_int_equal(span.count, MOST);
    read_plan_done(&w.plan);
}

static void two_readers_side_by_side_are_one_and_far_apart_two(void **state)
{
    (void)state;
    static struct world w;
    begin(&w);
    for (int i = 0; i < 40; i++) {
        read_at(&w, (int64_t)i * 2 * BLOCK, 2 * BLOCK);
        read_at(&w, (int64_t)i * BLOCK + (800 << 20), BLOCK);
    }
    assert_true(w.here[(39 * 2 + 3)]);
    assert_true(w.here[(800 << 20) / BLOCK + 42]);
    assert_in_range(w.fetched, 120, 120 + 30 + 2);
    read_plan_done(&w.plan);
}

static void a_line_gets_as_many_requests_as_it_is_worth(void **state)
{
    (void)state;
    static const struct {
        int64_t count;
        int flying;
        double ms;
        int most;
        struct read_pace want;
    } cases[] = {
        {0, 1, 1, 4, {READ_PLAN_LEAST_SPAN, 2}},     // nothing known
        {4, 1, 500, 4, {READ_PLAN_LEAST_SPAN, 2}},   // 0.5 MB/s
        {4, 4, 2000, 4, {READ_PLAN_LEAST_SPAN, 2}},  // the same, shared
        {4, 4, 500, 4, {READ_PLAN_LEAST_SPAN, 4}},   // 2 MB/s
        {8, 2, 500, 4, {8, 4}},                      // likewise, in longer requests
        {24, 1, 1, 4, {READ_PLAN_MOST_SPAN, 4}},     // very fast
        {24, 1, 1, 1, {READ_PLAN_MOST_SPAN, 1}},     // one connection is allowed
        {1, 1, 60000, 1, {READ_PLAN_LEAST_SPAN, 1}}, // very slow
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct read_pace p = read_plan_pace(cases[i].count, cases[i].flying, cases[i].ms,
                                            cases[i].most);
        assert_int_equal(p.span_blocks, cases[i].want.span_blocks);
        assert_int_equal(p.requests, cases[i].want.requests);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_reads_fetch_nothing_ahead),
        cmocka_unit_test(a_sequential_reader_is_served_ahead_and_a_stop_wastes_little),
        cmocka_unit_test(what_is_expected_is_fetched_and_nothing_behind_it),
        cmocka_unit_test(past_one_expectation_the_next_is_fetched),
        cmocka_unit_test(requests_do_not_dribble),
        cmocka_unit_test(two_readers_side_by_side_are_one_and_far_apart_two),
        cmocka_unit_test(a_line_gets_as_many_requests_as_it_is_worth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
