// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/history.h"

#include "../storage/folder.h"
#include "test.h"

static struct model *model_new(void)
{
    return mem_new(struct model);
}

static void model_free(struct model *m)
{
    free(m);
}
AUTO_DEFINE(struct model, model_free)

static void the_next_job_knows_what_the_last_one_taught(void **state)
{
    (void)state;
    struct model *model AUTO(model_free) = model_new();
    struct features known = {.frames_output = 7};
    struct benchmark b = {.job = "a",
                          .record = {.type = EXPORT_OVERLAY,
                                     .phases[PHASE_ENCODE] = {.present = true, .wall_s = 2},
                                     .total_s = 3,
                                     .by_worker = true,
                                     .at_ms = 1700000000000}};
    enum record_flaw flaw;
    assert_int_equal(history_load("h.db", 1700000005000, model, &known, NULL), OK);
    assert_int_equal(model->records, 0);
    assert_false(known.has_idle);
    assert_int_equal(history_learn("h.db", &b, &flaw, NULL), OK);
    assert_int_equal(flaw, RECORD_SOUND);
    assert_int_equal(history_load("h.db", 1700000005000, model, &known, NULL), OK);
    assert_int_equal(model->records, 1);
    assert_true(known.has_idle && known.idle_s == 5 && known.frames_output == 7);
}

static void a_record_with_a_flaw_changes_nothing(void **state)
{
    (void)state;
    struct model *model AUTO(model_free) = model_new();
    struct features known = {0};
    struct benchmark b = {.record = {.total_s = 3}};
    enum record_flaw flaw;
    assert_int_equal(history_learn("flawed.db", &b, &flaw, NULL), OK);
    assert_int_equal(flaw, RECORD_NOT_WORKERS);
    assert_int_equal(history_load("flawed.db", 5, model, &known, NULL), OK);
    assert_int_equal(model->records, 0);
}

static void a_history_that_cannot_be_opened_is_an_error_for_the_caller(void **state)
{
    (void)state;
    struct model *model AUTO(model_free) = model_new();
    struct features known = {0};
    struct error err = {0};
    assert_int_equal(history_load("no/such/folder.db", 5, model, &known, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no/such/folder.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_job_knows_what_the_last_one_taught),
        cmocka_unit_test(a_record_with_a_flaw_changes_nothing),
        cmocka_unit_test(a_history_that_cannot_be_opened_is_an_error_for_the_caller),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
