// SPDX-License-Identifier: GPL-3.0-or-later
// test_requests.c — what may be asked, and how what may not is refused.
#include "house.h"

static void refused(struct house *h, enum status got, enum status expected, const char *words)
{
    assert_int_equal(got, expected);
    if (!strstr(h->error.text, words))
        fail_msg("expected “%s” in: %s", words, h->error.text);
}

static void what_is_wrong_with_a_submit_is_named(void **state)
{
    (void)state;
    char long_key[200];
    memset(long_key, 'k', sizeof(long_key) - 1);
    long_key[sizeof(long_key) - 1] = '\0';
    struct house *h AUTO(house_free) = house_new("");
    house_open(h);
    const char *spec = house_spec("out/a.mp4");
    refused(h, house_submit_as(h, "ada", "{\"type\":\"sing\"}", NULL, 0), ERR_INVALID, "sing");
    refused(h, house_submit_as(h, "ada", "no JSON", NULL, 0), ERR_INVALID, "");
    refused(h, house_submit_as(h, "../root", spec, NULL, 0), ERR_INVALID, "user");
    refused(h, house_submit_as(h, "ada", spec, "", 0), ERR_INVALID, "idempotency key");
    refused(h, house_submit_as(h, "ada", spec, long_key, 0), ERR_INVALID, "1 to 127 bytes");
    refused(h, house_submit_as(h, "ada", spec, NULL, 101), ERR_INVALID, "priority");
    struct supervisor_stats stats;
    supervisor_stats(h->s, &stats);
    assert_int_equal(stats.submitted, 0);
}

static void a_repeated_submit_is_the_same_job(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; made 1\n");
    house_open(h);
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/a.mp4"), "key-1", 0), OK);
    assert_true(h->created);
    strcpy(id, h->job);
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/a.mp4"), "key-1", 0), OK);
    assert_false(h->created);
    assert_string_equal(h->job, id);
    (void)house_until(h, id, JOB_COMPLETE);
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/a.mp4"), "key-1", 0), OK);
    assert_false(h->created); // also when it has ended
    assert_string_equal(h->job, id);
    refused(h, house_submit_as(h, "ada", house_spec("out/b.mp4"), "key-1", 0), ERR_CONFLICT,
            "key-1");
    assert_int_equal(house_lines("made.txt"), 1);
}

static void keys_reach_only_what_is_their_users(void **state)
{
    (void)state;
    struct house *h AUTO(house_free) = house_new("hello; echo $OUT >place.txt; made 1\n");
    h->o.object_root = "data/objects";
    house_open(h);
    static const char *const bad[] = {"../bob/a.mp4", "/etc/passwd", "a//b.mp4", "file:///x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(h, house_submit_as(h, "ada", house_spec(bad[i]), NULL, 0), ERR_INVALID, "output: ");
    refused(h,
            house_submit_as(h, "ada",
                            "{\"type\":\"framing_ai\",\"input\":\"a.mp4\",\"output\":\"b.mp4\","
                            "\"model\":\"/etc/passwd\"}",
                            NULL, 0),
            ERR_INVALID, "model: ");
    char id[64];
    assert_int_equal(mkdir("data/objects", 0700), 0);
    house_submit(h, "reels/new/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_string_equal(seen.newest.result.output, "reels/new/a.mp4");
    assert_int_equal(access("data/objects/ada/reels/new/a.mp4", F_OK), 0);
}

static void a_job_of_somebody_else_is_not_there(void **state)
{
    (void)state;
    char id[64];
    struct error err;
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    for (int round = 0; round < 2; round++) { // while it runs, and when it has ended
        refused(h, house_answer(h, supervisor_find(h->s, "bob", id, house_reply(h), &err)),
                ERR_NOT_FOUND, id);
        refused(h, house_answer(h, supervisor_cancel(h->s, "bob", id, house_reply(h), &err)),
                ERR_NOT_FOUND, id);
        refused(h, house_answer(h, supervisor_retry(h->s, "bob", id, house_reply(h), &err)),
                ERR_NOT_FOUND, id);
        house_touch("go");
        (void)house_until(h, id, JOB_COMPLETE);
    }
}

static void a_failed_job_is_retried_as_one_new_job(void **state)
{
    (void)state;
    char id[64];
    char again[64];
    struct error err;
    struct house *h AUTO(house_free) = house_new(
        "hello; if [ -e go ]; then made 1; else say 1 '\"error\",\"code\":\"media\","
        "\"retryable\":false,\"text\":\"torn\"'; fi\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_FAILED);
    house_touch("go");
    assert_int_equal(house_answer(h, supervisor_retry(h->s, "ada", id, house_reply(h), &err)), OK);
    assert_true(h->created);
    assert_string_not_equal(h->job, id);
    strcpy(again, h->job);
    (void)house_until(h, again, JOB_COMPLETE);
    assert_int_equal(house_answer(h, supervisor_retry(h->s, "ada", id, house_reply(h), &err)), OK);
    assert_false(h->created);
    assert_string_equal(h->job, again);
    refused(h, house_answer(h, supervisor_retry(h->s, "ada", again, house_reply(h), &err)),
            ERR_CONFLICT, "is complete");
}

static void a_user_may_have_so_many_jobs(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    h->o.queue_per_user = 2;
    h->o.queue_limit = 3;
    house_open(h);
    house_submit(h, "out/1.mp4", id);
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/2.mp4"), "k", 0), OK);
    refused(h, house_submit_as(h, "ada", house_spec("out/3.mp4"), NULL, 0), ERR_LIMIT, "at most 2");
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/2.mp4"), "k", 0), OK); // the same
    assert_int_equal(house_submit_as(h, "bob", house_spec("out/4.mp4"), NULL, 0), OK);
    refused(h, house_submit_as(h, "cy", house_spec("out/5.mp4"), NULL, 0), ERR_UNAVAILABLE,
            "at most 3");
    house_touch("go");
    (void)house_until(h, id, JOB_COMPLETE);
}

static void lists_come_in_pages(void **state)
{
    (void)state;
    char ids[3][64];
    char expected[256];
    struct error err;
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    for (int i = 0; i < 3; i++) {
        char output[32];
        (void)snprintf(output, sizeof(output), "out/%d.mp4", i);
        house_submit(h, output, ids[i]);
    }
    struct supervisor_list list = {.user = "ada", .which = SUPERVISOR_ACTIVE, .limit = 2};
    assert_int_equal(house_answer(h, supervisor_list(h->s, &list, house_reply(h), &err)), OK);
    (void)snprintf(expected, sizeof(expected), "%s %s ", ids[2], ids[1]);
    assert_string_equal(h->ids, expected);
    assert_true(h->has_more);
    list.before = h->next;
    assert_int_equal(house_answer(h, supervisor_list(h->s, &list, house_reply(h), &err)), OK);
    (void)snprintf(expected, sizeof(expected), "%s ", ids[0]);
    assert_string_equal(h->ids, expected);
    assert_false(h->has_more);
    list = (struct supervisor_list){.user = "bob", .limit = 5};
    assert_int_equal(house_answer(h, supervisor_list(h->s, &list, house_reply(h), &err)), OK);
    assert_string_equal(h->ids, "");
    list.limit = SUPERVISOR_MAX_PAGE + 1;
    refused(h, house_answer(h, supervisor_list(h->s, &list, house_reply(h), &err)), ERR_INVALID,
            "limit");
    house_touch("go");
    for (int i = 0; i < 3; i++)
        (void)house_until(h, ids[i], JOB_COMPLETE);
}

// No cipher: enough to tell tokens apart.
static void fold(const void *bytes, size_t n, uint8_t ret[static SUPERVISOR_TOKEN_HASH])
{
    const unsigned char *b = bytes;
    memset(ret, 7, SUPERVISOR_TOKEN_HASH);
    for (size_t i = 0; i < n; i++)
        ret[i % SUPERVISOR_TOKEN_HASH] = (uint8_t)(ret[i % SUPERVISOR_TOKEN_HASH] * 31 + b[i]);
}

static enum status send_line(struct house *h, const char *job, const char *token, int seq,
                             const char *rest)
{
    char line[512];
    struct error err;
    int n = snprintf(line, sizeof(line),
                     "{\"v\":1,\"job\":\"%s\",\"attempt\":1,\"seq\":%d,\"t_ms\":%d,\"ev\":%s}\n",
                     job, seq, seq, rest);
    return house_answer(
        h, supervisor_worker_events(h->s, job, token, line, (size_t)n, house_reply(h), &err));
}

// Its starter ends at once; the worker itself, elsewhere, speaks over the API.
static void a_worker_elsewhere_speaks_with_its_token(void **state)
{
    (void)state;
    char id[64];
    char token[80] = "";
    struct house *h AUTO(house_free) = house_new(
        "echo $HEADWAY_WORKER_TOKEN >token.new; mv token.new token.txt\n"
        "say 0 '\"hello\",\"worker\":\"far\",\"call_id\":\"fc-1\"'\n");
    h->o.hash = fold;
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    FILE *f = fopen("token.txt", "r");
    assert_non_null(f);
    assert_non_null(fgets(token, sizeof(token), f));
    (void)fclose(f);
    token[strcspn(token, "\n")] = '\0';
    assert_int_equal(strlen(token), 64);
    refused(h, send_line(h, id, "wrong", 1, "\"alive\""), ERR_PERMISSION, "token");
    assert_int_equal(send_line(h, id, token, 1, "\"alive\""), OK);
    assert_false(h->cancel);
    supervisor_free(h->s); // what was said is known to the next one
    house_open(h);
    struct error err;
    assert_int_equal(house_answer(h, supervisor_cancel(h->s, "ada", id, house_reply(h), &err)), OK);
    assert_int_equal(send_line(h, id, token, 2, "\"alive\""), OK);
    assert_true(h->cancel); // it is told in the answer
    house_touch("out/a.mp4");
    assert_int_equal(
        send_line(h, id, token, 3,
                  "\"error\",\"code\":\"cancelled\",\"retryable\":false,\"text\":\"cancelled\""),
        OK);
    (void)house_until(h, id, JOB_CANCELLED);
    refused(h, send_line(h, id, token, 4, "\"alive\""), ERR_NOT_FOUND, id);
}

// Nobody can kill it from here; who was told to stop and says no more has stopped.
static void a_silent_worker_elsewhere_is_cancelled_without_its_word(void **state)
{
    (void)state;
    char id[64];
    struct error err;
    struct house *h AUTO(house_free) = house_new(
        "say 0 '\"hello\",\"worker\":\"far\",\"call_id\":\"fc-1\"'\n");
    h->o.silence_ms = 200;
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    assert_int_equal(house_answer(h, supervisor_cancel(h->s, "ada", id, house_reply(h), &err)), OK);
    (void)house_until(h, id, JOB_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_with_a_submit_is_named),
        cmocka_unit_test(a_repeated_submit_is_the_same_job),
        cmocka_unit_test(keys_reach_only_what_is_their_users),
        cmocka_unit_test(a_job_of_somebody_else_is_not_there),
        cmocka_unit_test(a_failed_job_is_retried_as_one_new_job),
        cmocka_unit_test(a_user_may_have_so_many_jobs),
        cmocka_unit_test(lists_come_in_pages),
        cmocka_unit_test(a_worker_elsewhere_speaks_with_its_token),
        cmocka_unit_test(a_silent_worker_elsewhere_is_cancelled_without_its_word),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
