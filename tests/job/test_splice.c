// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/splice.h"

#include <math.h>

#include "test.h"

static const struct rational fps25 = {25, 1};

static struct splice built(enum transition_type type, double duration_s, const uint64_t *frames,
                           size_t count)
{
    struct error err;
    struct splice splice;
    struct transition transition = {type, duration_s};
    if (splice_build(transition, fps25, frames, count, &splice, &err) != OK)
        fail_msg("%s", err.text);
    return splice;
}

static void every_transition_has_a_name_and_is_found_by_it(void **state)
{
    (void)state;
    enum transition_type type = TRANSITION_CUT;
    for (int i = 0; i < TRANSITION_TYPE_COUNT; i++) {
        assert_true(transition_from_name(transition_name((enum transition_type)i), &type));
        assert_int_equal(type, i);
    }
    assert_false(transition_from_name("wipe", &type));
}

static void a_cut_puts_one_behind_the_other(void **state)
{
    (void)state;
    static const uint64_t frames[] = {10, 1, 5};
    struct splice s = built(TRANSITION_CUT, 0, frames, 3);
    assert_int_equal(s.frames, 16);
    assert_int_equal(s.places[1].first, 10);
    assert_int_equal(s.places[2].first, 11);
    for (uint64_t at = 0; at < 10; at++)
        assert_true(splice_share(&s, 0, at) == 1);
    splice_done(&s);
}

static void a_dissolve_overlaps_and_its_shares_make_one(void **state)
{
    (void)state;
    static const uint64_t frames[] = {50, 60, 25};
    struct splice s = built(TRANSITION_DISSOLVE, 0.6, frames, 3); // 15 frames
    assert_int_equal(s.frames, 50 + 60 + 25 - 2 * 15);
    assert_int_equal(s.places[1].first, 35);
    assert_int_equal(s.places[2].first, 35 + 60 - 15);
    double before = 0;
    for (uint64_t at = 35; at < 50; at++) {
        double share = splice_share(&s, 1, at);
        assert_true(share > before && share < 1);
        assert_true(fabs(share + splice_share(&s, 0, at) - (1)) < 1e-12);
        before = share;
    }
    assert_true(fabs(splice_share(&s, 1, 35 + 7) - (0.5)) < 1e-12); // the middle one of 15
    assert_true(splice_share(&s, 0, 34) == 1 && splice_share(&s, 1, 50) == 1);
    splice_done(&s);
}

static void a_fade_is_black_at_the_edge_and_takes_no_time(void **state)
{
    (void)state;
    static const uint64_t frames[] = {50, 20};
    struct splice s = built(TRANSITION_FADE, 0.8, frames, 2); // 10 frames a side
    assert_int_equal(s.frames, 70);
    assert_true(splice_share(&s, 0, 49) == 0 && splice_share(&s, 1, 50) == 0);
    for (uint64_t k = 0; k < 10; k++) {
        assert_true(fabs(splice_share(&s, 0, 49 - k) - ((double)k / 10)) < 1e-12);
        assert_true(fabs(splice_share(&s, 1, 50 + k) - ((double)k / 10)) < 1e-12);
    }
    assert_true(splice_share(&s, 0, 0) == 1 && splice_share(&s, 1, 69) == 1); // inner edges only
    splice_done(&s);
}

static void one_clip_has_no_transition_however_long_it_was_to_be(void **state)
{
    (void)state;
    static const uint64_t frames[] = {2};
    for (int type = 0; type < TRANSITION_TYPE_COUNT; type++) {
        struct splice s = built((enum transition_type)type, 60, frames, 1);
        assert_int_equal(s.frames, 2);
        assert_true(splice_share(&s, 0, 0) == 1 && splice_share(&s, 0, 1) == 1);
        splice_done(&s);
    }
}

static void check_refused(enum transition_type type, const uint64_t *frames, size_t count,
                          const char *expected)
{
    struct error err;
    struct splice s;
    struct transition second = {type, 1};
    assert_int_equal(splice_build(second, fps25, frames, count, &s, &err), ERR_INVALID);
    assert_null(s.places);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void a_clip_shorter_than_its_transitions_is_named(void **state)
{
    (void)state;
    static const uint64_t last[] = {50, 24};
    static const uint64_t first[] = {24, 50};
    static const uint64_t inner[] = {50, 49, 50};
    check_refused(TRANSITION_DISSOLVE, last, 2,
                  "clips[1]: lasts 0.96 s, shorter than its transition of 1 s");
    check_refused(TRANSITION_DISSOLVE, first, 2, "clips[0]: lasts 0.96 s");
    check_refused(TRANSITION_FADE, last, 2, "clips[1]: lasts 0.96 s");
    check_refused(TRANSITION_DISSOLVE, inner, 3, "clips[1]: lasts 1.96 s, shorter than its two");
    // As long as it needs to be.
    static const uint64_t enough[] = {25, 50, 25};
    struct splice s = built(TRANSITION_DISSOLVE, 1, enough, 3);
    assert_int_equal(s.frames, 50);
    splice_done(&s);
    static const uint64_t fading[] = {25, 25, 25};
    s = built(TRANSITION_FADE, 1, fading, 3);
    assert_int_equal(s.frames, 75);
    splice_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transition_has_a_name_and_is_found_by_it),
        cmocka_unit_test(a_cut_puts_one_behind_the_other),
        cmocka_unit_test(a_dissolve_overlaps_and_its_shares_make_one),
        cmocka_unit_test(a_fade_is_black_at_the_edge_and_takes_no_time),
        cmocka_unit_test(one_clip_has_no_transition_however_long_it_was_to_be),
        cmocka_unit_test(a_clip_shorter_than_its_transitions_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
