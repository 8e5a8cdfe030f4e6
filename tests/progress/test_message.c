// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "base/text.h"
#include "progress/message.h"

enum { SECOND = 1000000000 };

static void expect(const struct snapshot *s, const struct message_context *context,
                   const char *text)
{
    char dst[MESSAGE_SIZE];
    assert_string_equal(message_phase(dst, sizeof(dst), s, context), text);
}

static struct snapshot at(enum phase phase, uint64_t done, uint64_t total)
{
    struct snapshot s = {.phase = phase, .attempt = 1};
    s.phases[phase] = (struct phase_view){
        .state = PHASE_RUNNING, .has_total = true, .done_units = done, .total_units = total};
    return s;
}

static void each_phase_says_what_it_does(void **state)
{
    (void)state;
    struct snapshot s = at(PHASE_DOWNLOAD, 45000000, 128000000);
    expect(&s, NULL, "Downloading 45 of 128 MB");
    s = at(PHASE_DOWNLOAD, 450, 999);
    expect(&s, NULL, "Downloading 450 of 999 bytes");
    s = at(PHASE_UPLOAD, 1200000, 3400000);
    expect(&s, NULL, "Uploading 1.2 of 3.4 MB");
    s = at(PHASE_INIT, 0, 0);
    expect(&s, NULL, "Loading model");
    s = at(PHASE_UPSCALE, 41, 100);
    expect(&s, NULL, "Upscaling frame 41/100");
    s.item = 2;
    s.items = 3;
    s.phases[PHASE_UPSCALE].done_units = 150;
    s.phases[PHASE_UPSCALE].total_units = 300;
    expect(&s, NULL, "Processing clip 2/3: frame 150/300");
    s = at(PHASE_ENCODE, 3, 100);
    expect(&s, NULL, "Encoding");
    s.item = 2;
    s.items = 3; // nothing counts their frames before the encoder
    expect(&s, NULL, "Processing clip 2/3: frame 3/100");
    s.phases[PHASE_UPSCALE].state = PHASE_RUNNING;
    expect(&s, NULL, "Encoding");
    s = at(PHASE_FINALIZE, 0, 0);
    expect(&s, NULL, "Saving");
}

static void waiting_and_starting_say_for_what(void **state)
{
    (void)state;
    struct message_context context = {.queue_position = 2, .max_attempts = 3};
    struct snapshot s = at(PHASE_QUEUE, 0, 0);
    expect(&s, &context, "Waiting for a worker (2nd in line)");
    context.queue_position = 13;
    expect(&s, &context, "Waiting for a worker (13th in line)");
    context.queue_position = 121;
    expect(&s, &context, "Waiting for a worker (121st in line)");
    expect(&s, NULL, "Waiting for a worker");
    s = at(PHASE_STARTUP, 0, 0);
    expect(&s, &context, "Starting worker…");
    context.gpu = true;
    expect(&s, &context, "Starting GPU…");
    s.attempt = 2;
    expect(&s, &context, "Retrying (2 of 3)…");
}

static void the_end_is_told(void **state)
{
    (void)state;
    struct snapshot s = {.ended = true, .outcome = OUTCOME_COMPLETE};
    expect(&s, NULL, "Done");
    s.outcome = OUTCOME_CANCELLED;
    expect(&s, NULL, "Cancelled");
}

static void no_phase_is_without_a_sentence(void **state)
{
    (void)state;
    for (int k = 0; k < PHASE_COUNT; k++) {
        struct snapshot s = {.phase = (enum phase)k, .attempt = 1};
        char dst[MESSAGE_SIZE];
        assert_true(strlen(message_phase(dst, sizeof(dst), &s, NULL)) > 3);
    }
}

static void short_arrays_are_cut_at_characters(void **state)
{
    (void)state;
    struct snapshot s = {.phase = PHASE_STARTUP, .attempt = 1};
    for (size_t size = 1; size < 24; size++) {
        char dst[24];
        message_phase(dst, size, &s, NULL);
        assert_true(strlen(dst) < size && text_utf8_valid(dst, strlen(dst)));
    }
}

static void expect_eta(double low_s, double eta_s, double high_s, const char *text)
{
    char dst[MESSAGE_SIZE];
    struct snapshot s = {.has_eta = true,
                         .eta_low_ns = (int64_t)(low_s * SECOND),
                         .eta_ns = (int64_t)(eta_s * SECOND),
                         .eta_high_ns = (int64_t)(high_s * SECOND)};
    assert_string_equal(message_eta(dst, sizeof(dst), &s), text);
}

static void the_words_are_as_wide_as_the_interval(void **state)
{
    (void)state;
    expect_eta(125, 131, 137, "2 min 10 s");
    expect_eta(120, 150, 180, "2–3 min");
    expect_eta(80, 180, 360, "about 3 min, at most 6 min");
    expect_eta(1, 2, 4, "a few seconds");
    expect_eta(40, 42, 45, "42 s");
    expect_eta(20, 27, 36, "20–35 s");
    expect_eta(3600, 3660, 3700, "1 h 1 min");
    expect_eta(600, 606, 612, "10 min");
    expect_eta(2, 10, 60, "about 10 s, at most 60 s");
}

static void an_unknown_time_has_no_words(void **state)
{
    (void)state;
    char dst[MESSAGE_SIZE];
    struct snapshot s = {.eta_ns = SECOND, .eta_high_ns = SECOND};
    assert_string_equal(message_eta(dst, sizeof(dst), &s), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_says_what_it_does),
        cmocka_unit_test(waiting_and_starting_say_for_what),
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(no_phase_is_without_a_sentence),
        cmocka_unit_test(short_arrays_are_cut_at_characters),
        cmocka_unit_test(the_words_are_as_wide_as_the_interval),
        cmocka_unit_test(an_unknown_time_has_no_words),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
