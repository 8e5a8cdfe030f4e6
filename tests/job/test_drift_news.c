// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/drift_news.h"

#include "base/memory.h"
#include "test.h"

static struct record run(int i, double encode_s)
{
    double wobble = 1 + 0.02 * ((i * 7) % 5 - 2);
    return (struct record){
        .type = EXPORT_OVERLAY,
        .features = {.has_frames_output = true, .frames_output = 100, .device = "cpu-avx2-2"},
        .phases[PHASE_ENCODE] = {.present = true,
                                 .busy_s = encode_s * wobble,
                                 .wall_s = encode_s * wobble},
        .total_s = encode_s * 1.1,
        .by_worker = true,
        .at_ms = 1700000000000 + 60000 * (int64_t)i,
    };
}

// Learns runs and tells at which of them there was news; -1: at none.
static int first_news(int steady, int n, double factor, struct drift *ret)
{
    struct model *model = mem_new(struct model);
    int found = -1;
    model_init(model);
    for (int i = 0; i < n && found < 0; i++) {
        struct record r = run(i, i < steady ? 20 : 20 * factor);
        assert_int_equal(model_learn(model, &r), RECORD_SOUND);
        if (drift_news(model, &r, ret))
            found = i;
    }
    free(model);
    return found;
}

static void a_lasting_change_is_news_within_three_runs(void **state)
{
    (void)state;
    struct drift d;
    char text[DRIFT_TEXT];
    int at = first_news(20, 30, 2, &d);
    assert_true(at >= 20 && at <= 22);
    drift_text(&d, text);
    assert_non_null(strstr(text, "since 2023-11-14T22:33:20Z encode takes "));
    assert_non_null(strstr(text, " times as long as before on cpu-avx2-2; noticed after "));
    assert_true(d.factor > 1.6 && d.factor < 2.5);
}

static void getting_to_know_a_machine_is_none(void **state)
{
    (void)state;
    struct drift d;
    assert_int_equal(first_news(40, 40, 1, &d), -1);
}

static void it_is_told_once(void **state)
{
    (void)state;
    struct drift d;
    struct model *model = mem_new(struct model);
    int told = 0;
    model_init(model);
    for (int i = 0; i < 24; i++) {
        struct record r = run(i, i < 20 ? 20 : 40);
        (void)model_learn(model, &r);
        told += drift_news(model, &r, &d);
    }
    assert_int_equal(told, 1);
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lasting_change_is_news_within_three_runs),
        cmocka_unit_test(getting_to_know_a_machine_is_none),
        cmocka_unit_test(it_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
