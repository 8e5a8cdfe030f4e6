// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <semaphore.h>

#include "../storage/folder.h"
#include "jobs/checker.h"

static void wake(void *context)
{
    (void)sem_post(context);
}

static struct error verdict_on(const char *where, uint64_t bytes)
{
    sem_t ready;
    assert_int_equal(sem_init(&ready, 0, 0), 0);
    struct checker *checker AUTO(checker_free) = checker_new(NULL, wake, &ready);
    struct check ask = {.job = 7, .attempt = 2, .where = mem_strdup(where), .bytes = bytes};
    checker_ask(checker, &ask);
    assert_null(ask.where);
    assert_int_equal(sem_wait(&ready), 0);
    struct check *check = checker_take(checker);
    assert_non_null(check);
    assert_int_equal(check->job, 7);
    assert_int_equal(check->attempt, 2);
    struct error verdict = check->verdict;
    check_free(check);
    assert_null(checker_take(checker));
    (void)sem_destroy(&ready);
    return verdict;
}

static void an_output_is_there_whole_or_not(void **state)
{
    (void)state;
    folder_file("there", 1000);
    assert_int_equal(verdict_on("there", 1000).status, OK);
    struct error err = verdict_on("there", 999);
    assert_int_equal(err.status, ERR_WORKER);
    assert_non_null(strstr(err.text, "999"));
    assert_non_null(strstr(err.text, "1000"));
    assert_int_equal(verdict_on("absent", 1).status, ERR_NOT_FOUND);
}

static void what_was_not_looked_at_is_dropped(void **state)
{
    (void)state;
    sem_t ready;
    assert_int_equal(sem_init(&ready, 0, 0), 0);
    struct checker *checker = checker_new(NULL, wake, &ready);
    for (int i = 0; i < 1000; i++) {
        struct check ask = {.where = mem_strdup("there"), .bytes = 1};
        checker_ask(checker, &ask);
    }
    checker_free(checker); // the sanitizer would tell what is left
    (void)sem_destroy(&ready);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_is_there_whole_or_not),
        cmocka_unit_test(what_was_not_looked_at_is_dropped),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
