// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/reply.h"

#include "test.h"

static void an_error_is_a_code_a_sentence_and_a_field(void **state)
{
    (void)state;
    struct reply r;
    struct error err;
    reply_init(&r);
    (void)error_set(&err, ERR_INVALID, "clips[2].trim: expected \"start\"");
    reply_error(&r, &err);
    assert_int_equal(r.code, 400);
    assert_string_equal(r.body.data, "{\"error\":{\"code\":\"invalid\",\"text\":\"clips[2].trim: "
                                     "expected \\\"start\\\"\",\"field\":\"clips[2].trim\"}}\n");
    (void)error_set(&err, ERR_NOT_FOUND, "there is no job x");
    reply_error(&r, &err);
    assert_int_equal(r.code, 404);
    assert_string_equal(r.body.data,
                        "{\"error\":{\"code\":\"not_found\",\"text\":\"there is no job x\"}}\n");
    (void)error_set(&err, ERR_INVALID, "two words: this is no field");
    reply_error_code(&r, 416, &err);
    assert_int_equal(r.code, 416);
    assert_null(strstr(r.body.data, "field\":"));
    reply_done(&r);
}

static void a_limit_that_passes_is_told_from_one_that_does_not(void **state)
{
    (void)state;
    struct reply r;
    struct error err = {0};
    reply_init(&r);
    (void)error_set(&err, ERR_LIMIT, "too large");
    reply_error(&r, &err);
    assert_int_equal(r.code, 413);
    err.retryable = true;
    reply_error(&r, &err);
    assert_int_equal(r.code, 429);
    reply_done(&r);
}

static void the_head_says_what_follows(void **state)
{
    (void)state;
    struct reply r;
    struct buffer head BUFFER_AUTO;
    buffer_init(&head, REPLY_MAX_HEAD);
    reply_init(&r);
    reply_json(&r, 201);
    buffer_text(&r.body, "{}");
    reply_field(&r, "Location", "/x");
    reply_head(&r, 784111777, &head);
    assert_string_equal(head.data, "HTTP/1.1 201 Created\r\n"
                                   "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                   "X-Content-Type-Options: nosniff\r\n"
                                   "Referrer-Policy: no-referrer\r\n"
                                   "Content-Type: application/json\r\n"
                                   "Content-Length: 2\r\n"
                                   "Location: /x\r\n"
                                   "Connection: close\r\n\r\n");
    reply_done(&r);
}

static void a_stream_has_no_length_and_ends_with_the_connection(void **state)
{
    (void)state;
    struct reply r;
    struct buffer head BUFFER_AUTO;
    buffer_init(&head, REPLY_MAX_HEAD);
    reply_init(&r);
    r.is_endless = true;
    reply_head(&r, 0, &head);
    assert_null(strstr(head.data, "Content-Length"));
    assert_non_null(strstr(head.data, "Connection: close\r\n"));
    reply_done(&r);
    reply_init(&r);
    r.code = 204;
    buffer_clear(&head);
    reply_head(&r, 0, &head);
    assert_null(strstr(head.data, "Content-Length"));
    reply_done(&r);
}

static void a_length_from_elsewhere_is_said(void **state)
{
    (void)state;
    struct reply r;
    struct buffer head BUFFER_AUTO;
    buffer_init(&head, REPLY_MAX_HEAD);
    reply_init(&r);
    r.has_length = true;
    r.length = UINT64_C(5000000000);
    reply_head(&r, 0, &head);
    assert_non_null(strstr(head.data, "Content-Length: 5000000000\r\n"));
    assert_non_null(strstr(head.data, "Connection: close\r\n"));
    reply_done(&r);
}

static void every_status_has_a_reason(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        struct reply r;
        struct buffer head BUFFER_AUTO;
        struct error err;
        buffer_init(&head, REPLY_MAX_HEAD);
        reply_init(&r);
        (void)error_set(&err, (enum status)i, "x");
        reply_error(&r, &err);
        reply_head(&r, 0, &head);
        assert_null(strstr(head.data, "Unknown"));
        reply_done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_a_code_a_sentence_and_a_field),
        cmocka_unit_test(a_limit_that_passes_is_told_from_one_that_does_not),
        cmocka_unit_test(the_head_says_what_follows),
        cmocka_unit_test(a_stream_has_no_length_and_ends_with_the_connection),
        cmocka_unit_test(a_length_from_elsewhere_is_said),
        cmocka_unit_test(every_status_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
