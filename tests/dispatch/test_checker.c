// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <semaphore.h>

#include "../storage/folder.h"
#include "../storage/loopback.h"
#include "dispatch/checker.h"
#include "sys/clock.h"

#define SECOND_NS INT64_C(1000000000)

static void wake(void *context)
{
    (void)sem_post(context);
}

static struct error verdict_in(struct storage *storage, int64_t patience_ns, const char *where,
                               uint64_t bytes)
{
    sem_t ready;
    assert_int_equal(sem_init(&ready, 0, 0), 0);
    struct checker *checker AUTO(checker_free) = checker_new(storage, patience_ns, wake, &ready);
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

static struct error verdict_on(const char *where, uint64_t bytes)
{
    return verdict_in(NULL, SECOND_NS, where, bytes);
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
    struct checker *checker = checker_new(NULL, SECOND_NS, wake, &ready);
    for (int i = 0; i < 1000; i++) {
        struct check ask = {.where = mem_strdup("there"), .bytes = 1};
        checker_ask(checker, &ask);
    }
    checker_free(checker); // the sanitizer would tell what is left
    (void)sem_destroy(&ready);
}

// Says nothing, and tells that somebody waits.
static void stall(void *context, const struct loopback_request *request,
                  struct loopback_fault *fault)
{
    (void)request;
    fault->stall = true;
    (void)sem_post(context);
}

static void a_store_that_does_not_answer_is_given_up(void **state)
{
    (void)state;
    sem_t asked;
    assert_int_equal(sem_init(&asked, 0, 0), 0);
    struct loopback *l = loopback_start(stall, &asked);
    struct storage *storage AUTO(storage_free) = loopback_storage(l);
    int64_t begin_ns = clock_now_ns();
    struct error err = verdict_in(storage, SECOND_NS / 10, "s3://bucket/film", 5);
    assert_in_range(clock_now_ns() - begin_ns, 0, 2 * SECOND_NS); // its own four attempts take more
    assert_int_equal(err.status, ERR_TIMEOUT);
    assert_true(err.retryable);
    assert_non_null(strstr(err.text, "s3://bucket/film"));
    loopback_stop(l);
    (void)sem_destroy(&asked);
}

static void nobody_waits_for_a_check_at_the_end(void **state)
{
    (void)state;
    sem_t asked;
    assert_int_equal(sem_init(&asked, 0, 0), 0);
    struct loopback *l = loopback_start(stall, &asked);
    struct storage *storage AUTO(storage_free) = loopback_storage(l);
    for (int sweep = 0; sweep < 2; sweep++) {
        struct checker *checker = checker_new(storage, 1000 * SECOND_NS, wake, &asked);
        struct check ask = {.where = mem_strdup("s3://bucket/film"), .sweep = sweep == 1};
        checker_ask(checker, &ask);
        assert_int_equal(sem_wait(&asked), 0); // the store was asked
        int64_t begin_ns = clock_now_ns();
        checker_free(checker);
        assert_in_range(clock_now_ns() - begin_ns, 0, SECOND_NS / 2);
        while (sem_trywait(&asked) == 0) {
        }
    }
    loopback_stop(l);
    (void)sem_destroy(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_is_there_whole_or_not),
        cmocka_unit_test(what_was_not_looked_at_is_dropped),
        cmocka_unit_test(a_store_that_does_not_answer_is_given_up),
        cmocka_unit_test(nobody_waits_for_a_check_at_the_end),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
