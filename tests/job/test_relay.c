// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/relay.h"

#include "recorded.h"

// 80 frames in 40 s, looked at with the cuts at `moment`.
static void look(double moment, struct relay *ret)
{
    struct recorded r;
    struct error err;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 80, 0.5);
    recorded_read(&r);
    if (relay_look(&r.traces[0], NULL, -1, moment, ret, &err) != OK)
        fail_msg("%s", err.text);
    recorded_done(&r);
}

static void a_viewer_is_right_again_soon_after_any_cut(void **state)
{
    (void)state;
    static const double moments[] = {0.01, 0.2, 0.5, 0.9, 0.99};
    for (int i = 0; i < 5; i++) {
        struct relay relay;
        look(moments[i], &relay);
        assert_true(relay.known);
        assert_true(relay.lost == 0 && relay.falls == 0);
        for (int cut = 0; cut < RELAY_CUTS; cut++)
            assert_true(relay.recovery_s[cut] >= 0 && relay.recovery_s[cut] <= 0.5);
    }
}

static void messages_are_counted_and_small(void **state)
{
    (void)state;
    struct relay relay;
    look(0.5, &relay);
    assert_true(relay.messages > 350 && relay.messages < 420); // ten a second
    assert_true(relay.message_bytes > 50 && relay.message_bytes < 200);
}

static void it_is_the_same_each_time(void **state)
{
    (void)state;
    struct relay a, b;
    look(0.3, &a);
    look(0.3, &b);
    assert_memory_equal(&a, &b, sizeof(a));
}

// One whose last lines never come: the viewer is not told an end that nobody knows.
static void an_end_that_is_heard_of_late_is_told_late(void **state)
{
    (void)state;
    struct recorded r;
    struct error err;
    struct replay *replay AUTO(replay_free) = NULL;
    struct replay_sample at;
    const struct replay_options options = {.every_ns = REPLAY_STEP_NS, .idle_s = -1};
    int64_t told_ns = 0;
    bool unknown = false;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 80, 0.5);
    recorded_read(&r);
    assert_int_equal(replay_new(&r.traces[0], &options, &replay, &err), OK);
    while (replay_next(replay, &at) && !at.told) {
        if (at.t_ns == 20 * INT64_C(1000000000))
            replay_cut(replay, 60 * INT64_C(1000000000));
        unknown |= at.now->health == HEALTH_UNKNOWN;
        assert_true(at.now->fraction < 1);
    }
    told_ns = at.t_ns;
    assert_true(at.told);
    assert_int_equal(told_ns, 60 * INT64_C(1000000000));
    assert_true(unknown);
    recorded_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_is_right_again_soon_after_any_cut),
        cmocka_unit_test(messages_are_counted_and_small),
        cmocka_unit_test(it_is_the_same_each_time),
        cmocka_unit_test(an_end_that_is_heard_of_late_is_told_late),
    };
    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
