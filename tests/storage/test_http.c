// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/http.h"

#include <stdio.h>

#include "loopback.h"
#include "sys/clock.h"
#include "test.h"

static void play(void *context, const struct loopback_request *r, struct loopback_fault *fault)
{
    (void)r;
    *fault = *(const struct loopback_fault *)context;
}

static enum status run(struct loopback_fault *fault, const struct http_request *request,
                       struct http_answer *answer, struct error *err)
{
    struct loopback *l = loopback_start(play, fault);
    struct http_client *client AUTO(http_client_free) = NULL;
    char url[128];
    (void)snprintf(url, sizeof url, "%s/a/../b", loopback_endpoint(l));
    struct http_request r = *request;
    r.url = url;
    r.stall_ns = 500000000;
    loopback_object(l, "/a/../b", 1000);
    assert_int_equal(http_client_new(NULL, &client, err), OK);
    enum status status = http_run(client, &r, answer, err);
    loopback_stop(l);
    return status;
}

static void an_answer_comes_with_what_its_headers_say(void **state)
{
    (void)state;
    struct error err = {0};
    struct http_answer a;
    struct loopback_fault fault = {.status = "416 Range",
                                   .headers = "ETag: \"abc\"\r\nContent-Range: bytes */7\r\n"
                                              "Date: Fri, 24 May 2013 00:00:00 GMT\r\n"
                                              "Retry-After: 3\r\nx-amz-request-id: r1\r\n",
                                   .body = "why"};
    assert_int_equal(run(&fault, &(struct http_request){.method = "GET"}, &a, &err), OK);
    assert_int_equal(a.code, 416);
    assert_string_equal(a.etag, "abc");
    assert_string_equal(a.request_id, "r1");
    assert_true(a.has_range);
    assert_int_equal(a.range_size, 7);
    assert_int_equal(a.date_ms, 1369353600000);
    assert_int_equal(a.retry_after_ms, 3000);
    assert_string_equal(buffer_string(&a.text), "why");
    http_answer_done(&a);
}

static void dots_in_a_path_are_part_of_the_name(void **state)
{
    (void)state;
    struct error err = {0};
    struct http_answer a;
    struct loopback_fault fault = {0};
    assert_int_equal(run(&fault, &(struct http_request){.method = "GET"}, &a, &err), OK);
    assert_int_equal(a.code, 200);
    assert_int_equal(a.text.size, 1000);
    http_answer_done(&a);
}

static void a_redirect_is_an_answer(void **state)
{
    (void)state;
    struct error err = {0};
    struct http_answer a;
    struct loopback_fault fault = {.status = "307 T",
                                   .headers = "Location: http://127.0.0.1:1/\r\n"};
    assert_int_equal(run(&fault, &(struct http_request){.method = "GET"}, &a, &err), OK);
    assert_int_equal(a.code, 307);
    http_answer_done(&a);
}

static void what_breaks_or_stalls_is_told(void **state)
{
    (void)state;
    static const struct {
        struct loopback_fault fault;
        enum status status;
        const char *text;
    } cases[] = {
        {{.close = true}, ERR_IO, "the connection to the store broke"},
        {{.break_after = 10}, ERR_IO, "the store broke its answer off"},
        {{.stall = true}, ERR_TIMEOUT, "nothing moved for"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        struct http_answer a;
        struct loopback_fault fault = cases[i].fault;
        const struct http_request request = {.method = "GET"};
        assert_int_equal(run(&fault, &request, &a, &err), cases[i].status);
        assert_non_null(strstr(err.text, cases[i].text));
        assert_true(err.retryable);
        http_answer_done(&a);
    }
}

static bool refuse(void *context, const struct http_answer *answer, const void *bytes, size_t n)
{
    (void)context;
    (void)answer;
    (void)bytes;
    (void)n;
    return false;
}

static void who_takes_the_body_may_end_it(void **state)
{
    (void)state;
    struct error err = {0};
    struct http_answer a;
    struct loopback_fault fault = {0};
    const struct http_request request = {.method = "GET", .take = refuse};
    assert_int_equal(run(&fault, &request, &a, &err), ERR_IO);
    assert_int_equal(a.code, 200);
    http_answer_done(&a);
}

static void connections_are_used_again(void **state)
{
    (void)state;
    struct error err = {0};
    struct loopback *l = loopback_start(NULL, NULL);
    struct http_client *client AUTO(http_client_free) = NULL;
    char url[128];
    (void)snprintf(url, sizeof url, "%s/x", loopback_endpoint(l));
    assert_int_equal(http_client_new(NULL, &client, &err), OK);
    for (int i = 0; i < 5; i++) {
        struct http_answer a;
        const struct http_request request = {.method = "GET", .url = url, .stall_ns = 1000000000};
        assert_int_equal(http_run(client, &request, &a, &err), OK);
        http_answer_done(&a);
    }
    assert_int_equal(loopback_connections(l), 1);
    loopback_stop(l);
}

// Breaks the second request off, once.
static void second_is_lost(void *context, const struct loopback_request *r,
                           struct loopback_fault *fault)
{
    (void)context;
    fault->close = r->number == 1;
}

static void a_kept_connection_that_was_dead_is_counted(void **state)
{
    (void)state;
    static const int sent[] = {1, 2};
    struct error err = {0};
    struct loopback *l = loopback_start(second_is_lost, NULL);
    struct http_client *client AUTO(http_client_free) = NULL;
    char url[128];
    (void)snprintf(url, sizeof url, "%s/x", loopback_endpoint(l));
    assert_int_equal(http_client_new(NULL, &client, &err), OK);
    for (int i = 0; i < 2; i++) {
        struct http_answer a;
        const struct http_request request = {.method = "GET", .url = url, .stall_ns = 1000000000};
        assert_int_equal(http_run(client, &request, &a, &err), OK);
        assert_int_equal(a.sent, sent[i]);
        http_answer_done(&a);
    }
    assert_int_equal(loopback_requests(l), 3);
    loopback_stop(l);
}

static void who_is_not_there_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *url, *text;
    } cases[] = {{"http://127.0.0.1:1/x?X-Amz-Signature=1", "nobody answers at 127.0.0.1:1"},
                 {"http://no-such-host.invalid/x", "the host no-such-host.invalid is not known"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        struct http_answer a;
        struct http_client *client AUTO(http_client_free) = NULL;
        const struct http_request request = {.method = "GET", .url = cases[i].url};
        assert_int_equal(http_client_new(NULL, &client, &err), OK);
        assert_int_equal(http_run(client, &request, &a, &err), ERR_UNAVAILABLE);
        assert_string_equal(err.text, cases[i].text);
        http_answer_done(&a);
    }
}

static void a_fired_cancel_stops_it_at_once(void **state)
{
    (void)state;
    struct error err = {0};
    struct http_answer a;
    struct loopback_fault fault = {.stall = true};
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    const struct http_request request = {.method = "GET", .cancel = cancel};
    cancel_fire(cancel);
    assert_int_equal(run(&fault, &request, &a, &err), ERR_CANCELLED);
    http_answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_with_what_its_headers_say),
        cmocka_unit_test(dots_in_a_path_are_part_of_the_name),
        cmocka_unit_test(a_redirect_is_an_answer),
        cmocka_unit_test(what_breaks_or_stalls_is_told),
        cmocka_unit_test(who_takes_the_body_may_end_it),
        cmocka_unit_test(connections_are_used_again),
        cmocka_unit_test(a_kept_connection_that_was_dead_is_counted),
        cmocka_unit_test(who_is_not_there_is_named),
        cmocka_unit_test(a_fired_cancel_stops_it_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
