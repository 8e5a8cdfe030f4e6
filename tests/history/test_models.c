// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/models.h"

#include <math.h>
#include <sys/wait.h>

#include "../storage/folder.h"
#include "history/records.h"
#include "test.h"

static struct db *open_db(const char *path)
{
    struct db *db = NULL;
    struct error err = {0};
    if (db_open(&(struct db_options){.path = path}, &db, &err) != OK)
        fail_msg("%s", err.text);
    return db;
}

// A machine on which a frame takes `seconds`.
static void store(struct db *db, int i, double seconds)
{
    struct benchmark b = {
        .record = {
            .type = EXPORT_FRAMING_AI,
            .features = {.has_frames_upscale = true, .frames_upscale = 100, .device = "cpu-avx2-2"},
            .phases[PHASE_UPSCALE] = {.present = true, .busy_s = 100 * seconds, .units = 100},
            .total_s = 101 * seconds,
            .by_worker = true,
            .at_ms = 1700000000000 + i}};
    enum record_flaw flaw;
    (void)snprintf(b.job, sizeof(b.job), "%d-%ld", i, (long)getpid());
    struct error err = {0};
    if (records_add(db, &b, &flaw, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(flaw, RECORD_SOUND);
}

static double expected_s(const struct model *model)
{
    const struct features job = {
        .has_frames_upscale = true, .frames_upscale = 100, .device = "cpu-avx2-2"};
    struct prior prior;
    struct forecast forecast;
    model_prior(model, EXPORT_FRAMING_AI, &job, &prior);
    prior_forecast(&prior, &job, &forecast);
    return exp(forecast.mean[PHASE_UPSCALE]);
}

static struct model *model_new(void)
{
    return mem_new(struct model);
}

static void model_free(struct model *m)
{
    free(m);
}
AUTO_DEFINE(struct model, model_free)

static void without_records_it_is_the_shipped_prior(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db(NULL);
    struct model *loaded AUTO(model_free) = model_new();
    struct model *shipped AUTO(model_free) = model_new();
    model_init(shipped);
    assert_int_equal(models_load(db, loaded, NULL), OK);
    assert_memory_equal(loaded, shipped, sizeof(*loaded));
}

static void what_was_learned_is_there_for_the_next_program(void **state)
{
    (void)state;
    struct model *model AUTO(model_free) = model_new();
    struct db *db = open_db("learned.db");
    for (int i = 0; i < 12; i++)
        store(db, i, 7);
    assert_int_equal(models_update(db, 5, model, NULL), OK);
    assert_int_equal(model->records, 12);
    db_free(db);
    db = open_db("learned.db");
    struct model *again AUTO(model_free) = model_new();
    assert_int_equal(models_load(db, again, NULL), OK);
    assert_memory_equal(again, model, sizeof(*again));
    assert_true(fabs(expected_s(again) / 700 - 1) < 0.15);
    db_free(db);
}

static void records_behind_the_kept_state_are_folded_in(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db(NULL);
    struct model *kept AUTO(model_free) = model_new();
    struct model *whole AUTO(model_free) = model_new();
    for (int i = 0; i < 5; i++)
        store(db, i, 3);
    assert_int_equal(models_update(db, 5, kept, NULL), OK);
    for (int i = 5; i < 9; i++)
        store(db, i, 4);
    assert_int_equal(models_load(db, kept, NULL), OK);
    assert_int_equal(kept->records, 9);
    assert_int_equal(db_run(db, "DELETE FROM models", NULL), OK);
    assert_int_equal(models_load(db, whole, NULL), OK);
    assert_memory_equal(kept, whole, sizeof(*kept));
}

static void another_version_or_a_damaged_one_is_built_anew(void **state)
{
    (void)state;
    static const char *const spoil[] = {
        "UPDATE models SET version = version + 1",
        "UPDATE models SET body = x'0001'",
    };
    for (int i = 0; i < 2; i++) {
        struct db *db AUTO(db_free) = open_db(NULL);
        struct model *model AUTO(model_free) = model_new();
        store(db, 1, 3);
        store(db, 2, 3);
        assert_int_equal(models_update(db, 5, model, NULL), OK);
        assert_int_equal(db_run(db, spoil[i], NULL), OK);
        assert_int_equal(models_update(db, 6, model, NULL), OK);
        assert_int_equal(model->records, 2);
    }
}

// Stores and learns as a program does at the end of a job.
static int work(int rounds)
{
    struct model *model AUTO(model_free) = model_new();
    struct db *db = open_db("together.db");
    for (int i = 0; i < rounds; i++) {
        store(db, i, 2);
        if (models_update(db, i, model, NULL) != OK)
            return 1;
    }
    db_free(db);
    return 0;
}

static void two_programs_learn_at_once_and_no_record_is_lost(void **state)
{
    (void)state;
    enum { PROGRAMS = 2, ROUNDS = 15 };
    pid_t children[PROGRAMS];
    for (int i = 0; i < PROGRAMS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(work(ROUNDS));
    }
    for (int i = 0; i < PROGRAMS; i++) {
        int how;
        assert_int_equal(waitpid(children[i], &how, 0), children[i]);
        assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    }
    struct db *db AUTO(db_free) = open_db("together.db");
    struct model *kept AUTO(model_free) = model_new();
    struct model *whole AUTO(model_free) = model_new();
    assert_int_equal(models_load(db, kept, NULL), OK);
    assert_int_equal(kept->records, PROGRAMS * ROUNDS);
    assert_int_equal(db_run(db, "DELETE FROM models", NULL), OK);
    assert_int_equal(models_load(db, whole, NULL), OK);
    assert_memory_equal(kept, whole, sizeof(*kept));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_records_it_is_the_shipped_prior),
        cmocka_unit_test(what_was_learned_is_there_for_the_next_program),
        cmocka_unit_test(records_behind_the_kept_state_are_folded_in),
        cmocka_unit_test(another_version_or_a_damaged_one_is_built_anew),
        cmocka_unit_test(two_programs_learn_at_once_and_no_record_is_lost),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
