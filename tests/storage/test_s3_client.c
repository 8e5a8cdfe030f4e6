// SPDX-License-Identifier: GPL-3.0-or-later
// What passes by itself is tried again, what does not is told in words without our keys.
#include "storage/s3_client.h"

#include <stdio.h>

#include "loopback.h"
#include "storage/object.h"
#include "storage/retry.h"
#include "sys/clock.h"
#include "test.h"

// The first `times` requests get this.
struct script {
    struct loopback_fault fault;
    int times;
    char seen[2048];
};

static void play(void *context, const struct loopback_request *r, struct loopback_fault *fault)
{
    struct script *s = context;
    (void)snprintf(s->seen, sizeof s->seen, "%s %s\n%s", r->method, r->target, r->headers);
    if (r->number < s->times)
        *fault = s->fault;
}

static enum status head(struct script *s, int *ret_requests, struct error *err)
{
    struct loopback *l = loopback_start(play, s);
    struct storage *storage = loopback_storage(l);
    struct object_info info;
    loopback_object(l, "/bucket/key", 10);
    enum status status = object_head(storage, "s3://bucket/key", NULL, &info, err);
    *ret_requests = loopback_requests(l);
    storage_free(storage);
    loopback_stop(l);
    return status;
}

static void what_passes_is_tried_again(void **state)
{
    (void)state;
    static const struct loopback_fault faults[] = {
        {.status = "500 Internal Server Error"},
        {.status = "502 Bad Gateway"},
        {.status = "503 Slow Down", .headers = "Retry-After: 0\r\n"},
        {.status = "504 Gateway Timeout"},
        {.status = "429 Too Many Requests"},
        {.status = "408 Request Timeout"},
        {.close = true},
        {.stall = true},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct error err = {0};
        int requests = 0;
        struct script s = {.fault = faults[i], .times = 1};
        assert_int_equal(head(&s, &requests, &err), OK);
        assert_int_equal(requests, 2);
    }
}

static void what_stays_is_told_after_the_last_attempt(void **state)
{
    (void)state;
    struct error err = {0};
    int requests = 0;
    struct script s = {.fault = {.status = "503 Slow Down"}, .times = 100};
    assert_int_equal(head(&s, &requests, &err), ERR_UNAVAILABLE);
    assert_int_equal(requests, 4);
    assert_string_equal(err.text, "look at s3://bucket/key: the store is not available (503), "
                                  "after 4 attempts");
    assert_true(err.retryable);
}

static void what_cannot_pass_is_not_tried_again(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum status status;
    } cases[] = {
        {"400 Bad Request", ERR_INVALID},     {"403 Forbidden", ERR_PERMISSION},
        {"404 Not Found", ERR_NOT_FOUND},     {"409 Conflict", ERR_CONFLICT},
        {"412 Precondition", ERR_CONFLICT},   {"301 Moved Permanently", ERR_INVALID},
        {"501 Not Implemented", ERR_INVALID}, {"507 Insufficient Storage", ERR_NO_SPACE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        int requests = 0;
        struct script s = {.fault = {.status = cases[i].answer}, .times = 100};
        assert_int_equal(head(&s, &requests, &err), cases[i].status);
        assert_int_equal(requests, 1);
        assert_non_null(strstr(err.text, "look at s3://bucket/key: "));
        assert_false(err.retryable);
    }
}

static void the_wait_that_the_store_asks_for_is_kept(void **state)
{
    (void)state;
    struct error err = {0};
    int requests = 0;
    struct script s = {.fault = {.status = "503 x", .headers = "Retry-After: 1\r\n"}, .times = 1};
    int64_t begin_ns = clock_now_ns();
    assert_int_equal(head(&s, &requests, &err), OK);
    assert_true(clock_now_ns() - begin_ns >= 1000000000);
}

static enum status list(struct script *s, int *ret_requests, struct error *err);

static void a_clock_that_is_off_is_put_right_once(void **state)
{
    (void)state;
    static const char body[] = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    struct error err = {0};
    int requests = 0;
    struct script s = {.fault = {.status = "403 Forbidden",
                                 .headers = "Date: Wed, 01 Jan 2031 00:00:00 GMT\r\n",
                                 .body = body},
                       .times = 1};
    assert_int_equal(list(&s, &requests, &err), OK);
    assert_int_equal(requests, 2);
    assert_non_null(strstr(s.seen, "x-amz-date: 20310101T00000"));
    s.times = 100;
    assert_int_equal(list(&s, &requests, &err), ERR_PERMISSION);
    assert_int_equal(requests, 2);
    assert_non_null(strstr(err.text, "the clocks of this machine and the store differ by "));
}

static void the_date_alone_tells_that_our_clock_is_off(void **state)
{
    (void)state;
    struct error err = {0};
    int requests = 0;
    struct script s = {
        .fault = {.status = "403 Forbidden", .headers = "Date: Wed, 01 Jan 2031 00:00:00 GMT\r\n"},
        .times = 1};
    assert_int_equal(head(&s, &requests, &err), OK); // the answer to a HEAD has no words
    assert_int_equal(requests, 2);
    assert_non_null(strstr(s.seen, "x-amz-date: 20310101T00000"));
}

static bool nobody(void *context, const char *name, const struct object_info *info)
{
    (void)context;
    (void)name;
    (void)info;
    return true;
}

static enum status list(struct script *s, int *ret_requests, struct error *err)
{
    struct loopback *l = loopback_start(play, s);
    struct storage *storage = loopback_storage(l);
    enum status status = object_list(storage, "s3://bucket/", NULL, nobody, NULL, err);
    *ret_requests = loopback_requests(l);
    storage_free(storage);
    loopback_stop(l);
    return status;
}

static void the_codes_of_the_store_are_told_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *status, *body, *text;
        enum status want;
    } cases[] = {
        {"403 Forbidden", "<Error><Code>SignatureDoesNotMatch</Code></Error>",
         "the secret key is not the one of the access key", ERR_PERMISSION},
        {"403 Forbidden", "<Error><Code>InvalidAccessKeyId</Code></Error>",
         "does not know the access key (403 InvalidAccessKeyId)", ERR_PERMISSION},
        {"404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>", "there is no such bucket",
         ERR_NOT_FOUND},
        {"400 Bad Request",
         "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
         "the store is in the region eu-west-1, not in us-east-1 (s3-region)", ERR_INVALID},
        {"400 Bad Request", "<html>what</html>", "does not take the request (400)", ERR_INVALID},
        {"200 OK", "<html>what</html>", "no listing that can be read", ERR_INVALID},
        {"200 OK", "what", "no XML that can be read", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        int requests = 0;
        struct script s = {.fault = {.status = cases[i].status, .body = cases[i].body},
                           .times = 100};
        assert_int_equal(list(&s, &requests, &err), cases[i].want);
        assert_int_equal(requests, 1);
        assert_non_null(strstr(err.text, cases[i].text));
        assert_non_null(strstr(err.text, "list s3://bucket: "));
    }
}

static void keys_are_never_told(void **state)
{
    (void)state;
    static const char body[] =
        "<Error><Code>Odd</Code><Message>you are AKIDTEST with hushhush and tokentoken</Message>"
        "<SignatureProvided>0123</SignatureProvided></Error>";
    struct error err = {0};
    int requests = 0;
    struct script s = {.fault = {.status = "403 Forbidden", .body = body}, .times = 1};
    assert_int_equal(list(&s, &requests, &err), ERR_PERMISSION);
    assert_non_null(strstr(err.detail, "you are ********"));
    static const char *const secrets[] = {"AKIDTEST", "hushhush", "tokentoken", "0123"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        assert_null(strstr(err.text, secrets[i]));
        assert_null(strstr(err.detail, secrets[i]));
    }
    assert_null(strstr(s.seen, "hushhush"));
    assert_non_null(strstr(s.seen, "x-amz-security-token: tokentoken"));
}

static void nobody_there_is_told(void **state)
{
    (void)state;
    struct error err = {0};
    struct storage *storage AUTO(storage_free) = NULL;
    struct storage_options options = {0};
    struct object_info info;
    options.values[STORAGE_ENDPOINT] = "http://127.0.0.1:1";
    options.values[STORAGE_ACCESS_KEY] = "a";
    options.values[STORAGE_SECRET_KEY] = "b";
    options.values[STORAGE_ATTEMPTS] = "2";
    assert_int_equal(storage_new(&options, &storage, &err), OK);
    assert_int_equal(object_head(storage, "s3://bucket/key", NULL, &info, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.text,
                        "look at s3://bucket/key: nobody answers at 127.0.0.1:1, after 2 attempts");
}

static void without_keys_or_a_store_that_is_told(void **state)
{
    (void)state;
    struct error err = {0};
    struct storage *storage AUTO(storage_free) = NULL;
    struct storage_options options = {0};
    struct object_info info;
    options.values[STORAGE_KEY_FILE] = "/nonexistent/keys";
    options.values[STORAGE_ENDPOINT] = "http://127.0.0.1:1";
    assert_int_equal(storage_new(&options, &storage, &err), OK);
    assert_int_equal(object_head(storage, "s3://bucket/key", NULL, &info, &err), ERR_PERMISSION);
    assert_non_null(strstr(err.text, "set AWS_ACCESS_KEY_ID"));
    assert_int_equal(object_head(NULL, "s3://bucket/key", NULL, &info, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes_is_tried_again),
        cmocka_unit_test(what_stays_is_told_after_the_last_attempt),
        cmocka_unit_test(what_cannot_pass_is_not_tried_again),
        cmocka_unit_test(the_wait_that_the_store_asks_for_is_kept),
        cmocka_unit_test(a_clock_that_is_off_is_put_right_once),
        cmocka_unit_test(the_date_alone_tells_that_our_clock_is_off),
        cmocka_unit_test(the_codes_of_the_store_are_told_in_words),
        cmocka_unit_test(keys_are_never_told),
        cmocka_unit_test(nobody_there_is_told),
        cmocka_unit_test(without_keys_or_a_store_that_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
