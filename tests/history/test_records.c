// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/records.h"

#include "base/text.h"
#include "test.h"

static struct db *memory(void)
{
    struct db *db = NULL;
    assert_int_equal(db_open(&(struct db_options){0}, &db, NULL), OK);
    return db;
}

static struct benchmark record(const char *job, int64_t at_ms)
{
    struct benchmark b = {.record = {.type = EXPORT_OVERLAY,
                                     .features = {.device = "cpu", .has_cold = true},
                                     .phases[PHASE_ENCODE] = {.present = true, .wall_s = 2},
                                     .total_s = 3,
                                     .by_worker = true,
                                     .at_ms = at_ms}};
    (void)text_copy(b.job, sizeof(b.job), job);
    return b;
}

static enum record_flaw add(struct db *db, struct benchmark b)
{
    enum record_flaw flaw;
    struct error err = {0};
    if (records_add(db, &b, &flaw, &err) != OK)
        fail_msg("%s", err.text);
    return flaw;
}

struct seen {
    int n;
    int64_t last_id;
    char jobs[64];
};

static void see(void *context, int64_t id, const struct benchmark *b)
{
    struct seen *seen = context;
    assert_true(id > seen->last_id);
    assert_int_equal(record_flaw(&b->record), RECORD_SOUND);
    seen->last_id = id;
    seen->jobs[seen->n++] = b->job[0];
}

static void records_come_back_in_the_order_in_which_they_were_stored(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = memory();
    assert_int_equal(add(db, record("a", 30)), RECORD_SOUND);
    assert_int_equal(add(db, record("b", 10)), RECORD_SOUND);
    assert_int_equal(add(db, record("c", 20)), RECORD_SOUND);
    struct seen all = {0};
    assert_int_equal(records_each(db, 0, see, &all, NULL), OK);
    assert_string_equal(all.jobs, "abc");
    struct seen rest = {.last_id = 1};
    assert_int_equal(records_each(db, 1, see, &rest, NULL), OK);
    assert_string_equal(rest.jobs, "bc");
    uint64_t n;
    int64_t last_ms;
    assert_int_equal(records_count(db, &n, &last_ms, NULL), OK);
    assert_int_equal(n, 3);
    assert_int_equal(last_ms, 30);
}

static void the_same_record_is_stored_once(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = memory();
    assert_int_equal(add(db, record("a", 10)), RECORD_SOUND);
    assert_int_equal(add(db, record("a", 10)), RECORD_SOUND);
    assert_int_equal(add(db, record("a", 11)), RECORD_SOUND);
    struct seen all = {0};
    assert_int_equal(records_each(db, 0, see, &all, NULL), OK);
    assert_int_equal(all.n, 2);
}

static void what_teaches_nothing_is_refused_and_counted(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = memory();
    struct benchmark b = record("a", 10);
    b.record.by_worker = false;
    assert_int_equal(add(db, b), RECORD_NOT_WORKERS);
    assert_int_equal(add(db, b), RECORD_NOT_WORKERS);
    b = record("b", 10);
    b.record.simulated = true;
    assert_int_equal(add(db, b), RECORD_SIMULATED);
    b = record("c", 10);
    b.record.censored = true;
    assert_int_equal(add(db, b), RECORD_CENSORED);
    b = record("d", 10);
    b.record.total_s = 0;
    assert_int_equal(add(db, b), RECORD_NONSENSE);
    uint64_t refused[RECORD_FLAW_COUNT];
    assert_int_equal(records_refused(db, refused, NULL), OK);
    assert_int_equal(refused[RECORD_NOT_WORKERS], 2);
    assert_int_equal(refused[RECORD_SIMULATED], 1);
    assert_int_equal(refused[RECORD_CENSORED], 1);
    assert_int_equal(refused[RECORD_NONSENSE], 1);
    assert_int_equal(refused[RECORD_INCOMPLETE], 0);
    struct seen all = {0};
    assert_int_equal(records_each(db, 0, see, &all, NULL), OK);
    assert_int_equal(all.n, 0);
}

static void a_row_that_cannot_be_read_is_passed_over(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = memory();
    assert_int_equal(add(db, record("a", 10)), RECORD_SOUND);
    assert_int_equal(db_run(db, "UPDATE records SET body = '{\"type\":\"hologram\"}'", NULL), OK);
    assert_int_equal(add(db, record("b", 20)), RECORD_SOUND);
    struct seen all = {0};
    assert_int_equal(records_each(db, 0, see, &all, NULL), OK);
    assert_string_equal(all.jobs, "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_in_the_order_in_which_they_were_stored),
        cmocka_unit_test(the_same_record_is_stored_once),
        cmocka_unit_test(what_teaches_nothing_is_refused_and_counted),
        cmocka_unit_test(a_row_that_cannot_be_read_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
