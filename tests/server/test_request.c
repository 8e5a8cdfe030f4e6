// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/request.h"

#include <stdio.h>

#include "test.h"

static void set_header(struct request *r, enum request_header header, const char *value)
{
    (void)snprintf(r->headers[header], sizeof(r->headers[header]), "%s", value);
    r->has_header[header] = true;
}

static void add_argument(struct request *r, const char *text)
{
    (void)snprintf(r->arguments[r->argument_count++], REQUEST_ARGUMENT, "%s", text);
}

static void arguments_are_found_by_name(void **state)
{
    (void)state;
    struct request r = {0};
    add_argument(&r, "state=active");
    add_argument(&r, "statement=2");
    add_argument(&r, "bare");
    add_argument(&r, "empty=");
    assert_string_equal(request_argument(&r, "state"), "active");
    assert_string_equal(request_argument(&r, "empty"), "");
    assert_null(request_argument(&r, "stat"));
    assert_null(request_argument(&r, "bare"));
    assert_null(request_argument(&r, "none"));
}

static void numbers_are_whole_and_in_bounds(void **state)
{
    (void)state;
    static const char *const bad[] = {"n=",   "n=x", "n=1x", "n=1.5", "n= 1",
                                      "n=+1", "n=0", "n=11", "n=-",   "n=99999999999999999999"};
    struct request r = {0};
    int64_t value = 7;
    assert_int_equal(request_integer(&r, "n", 1, 10, &value, NULL), OK);
    assert_int_equal(value, 7);
    add_argument(&r, "n=10");
    assert_int_equal(request_integer(&r, "n", 1, 10, &value, NULL), OK);
    assert_int_equal(value, 10);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        r.argument_count = 0;
        add_argument(&r, bad[i]);
        if (request_integer(&r, "n", 1, 10, &value, &err) != ERR_INVALID)
            fail_msg("%s", bad[i]);
        assert_memory_equal(err.text, "n: expected a whole number from 1 to 10", 39);
    }
}

static void a_body_has_a_length_that_is_a_number(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "x", "-1", "+1", "1 ", "0x10", "1,1", "1e3", "99999999999999999999"};
    struct request none = {0};
    assert_int_equal(request_check(&none, NULL), OK);
    assert_false(none.has_length);
    struct request right = {0};
    set_header(&right, HEADER_CONTENT_LENGTH, "123");
    assert_int_equal(request_check(&right, NULL), OK);
    assert_true(right.has_length && right.length == 123);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct request r = {0};
        set_header(&r, HEADER_CONTENT_LENGTH, bad[i]);
        if (request_check(&r, NULL) != ERR_INVALID)
            fail_msg("%s", bad[i]);
    }
    struct request chunked = {0};
    set_header(&chunked, HEADER_TRANSFER_ENCODING, "chunked");
    assert_int_equal(request_check(&chunked, NULL), ERR_USAGE);
}

static void every_method_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++)
        assert_true(method_name((enum method)i)[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_found_by_name),
        cmocka_unit_test(numbers_are_whole_and_in_bounds),
        cmocka_unit_test(a_body_has_a_length_that_is_a_number),
        cmocka_unit_test(every_method_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
