// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/learned_weights.h"

#include <math.h>

#include "history/records.h"
#include "test.h"

static void add(struct db *db, int i, enum export_type type, double process_s, double upload_s)
{
    enum record_flaw flaw;
    struct benchmark b = {
        .record = {.type = type,
                   .phases[PHASE_PROCESS] = {.present = true, .busy_s = process_s},
                   .phases[PHASE_UPLOAD] = {.present = true, .busy_s = upload_s},
                   .total_s = process_s + upload_s,
                   .by_worker = true,
                   .at_ms = 1000 + i}};
    assert_int_equal(records_add(db, &b, &flaw, NULL), OK);
}

static void they_are_the_mean_shares_of_the_records(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = NULL;
    struct weights_file w;
    assert_int_equal(db_open(&(struct db_options){0}, &db, NULL), OK);
    add(db, 1, EXPORT_OVERLAY, 3, 1);
    add(db, 2, EXPORT_OVERLAY, 10, 10);
    add(db, 3, EXPORT_EXTRACT_CLIP, 1, 1); // has no phases in its table
    assert_int_equal(learned_weights(db, &w, NULL), OK);
    assert_int_equal(w.samples[EXPORT_OVERLAY], 2);
    assert_int_equal(w.samples[EXPORT_EXTRACT_CLIP], 0);
    assert_int_equal(w.at_ms, 1003);
    const struct weight *upload = &w.set.weights[EXPORT_OVERLAY][PHASE_UPLOAD];
    assert_true(upload->has_range && fabs(upload->start_percent - 62.5) < 1e-9);
    assert_true(fabs(weights_overall(&w.set, "overlay", "modal_upload", 50) - 81.25) < 1e-9);
    assert_false(w.set.weights[EXPORT_FRAMING_AI][PHASE_UPLOAD].has_range);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_the_mean_shares_of_the_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
