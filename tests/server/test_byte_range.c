// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/byte_range.h"

#include "test.h"

struct row {
    const char *header;
    enum range_kind kind;
    int64_t first, count;
};

static void ranges_are_read_as_the_rfc_says(void **state)
{
    (void)state;
    static const struct row rows[] = {
        // of an object of 1000 bytes
        {NULL, RANGE_WHOLE, 0, 1000},
        {"bytes=0-0", RANGE_PART, 0, 1},
        {"bytes=0-999", RANGE_PART, 0, 1000},
        {"bytes=0-", RANGE_PART, 0, 1000},
        {"Bytes=10-19", RANGE_PART, 10, 10},
        {"bytes=990-5000", RANGE_PART, 990, 10},
        {"bytes=999-", RANGE_PART, 999, 1},
        {"bytes=-1", RANGE_PART, 999, 1},
        {"bytes=-1000", RANGE_PART, 0, 1000},
        {"bytes=-5000", RANGE_PART, 0, 1000},
        {"bytes=5-99999999999999999999999999", RANGE_PART, 5, 995},
        {"bytes=1000-", RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=1000-1001", RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=99999999999999999999999999-", RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", RANGE_UNSATISFIABLE, 0, 0},
        {"", RANGE_WHOLE, 0, 1000},
        {"bytes=", RANGE_WHOLE, 0, 1000},
        {"bytes=-", RANGE_WHOLE, 0, 1000},
        {"bytes=5", RANGE_WHOLE, 0, 1000},
        {"bytes=9-5", RANGE_WHOLE, 0, 1000},
        {"bytes=0-1,5-6", RANGE_WHOLE, 0, 1000},
        {"bytes=a-b", RANGE_WHOLE, 0, 1000},
        {"bytes= 0-1", RANGE_WHOLE, 0, 1000},
        {"bytes=--1", RANGE_WHOLE, 0, 1000},
        {"lines=0-1", RANGE_WHOLE, 0, 1000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct byte_range r;
        enum range_kind kind = byte_range_parse(rows[i].header, 1000, &r);
        if (kind != rows[i].kind || r.first != rows[i].first || r.count != rows[i].count)
            fail_msg("%s: %d, %lld + %lld", rows[i].header, kind, (long long)r.first,
                     (long long)r.count);
    }
}

static void nothing_can_be_had_of_an_empty_object(void **state)
{
    (void)state;
    struct byte_range r;
    assert_int_equal(byte_range_parse("bytes=0-", 0, &r), RANGE_UNSATISFIABLE);
    assert_int_equal(byte_range_parse("bytes=-5", 0, &r), RANGE_UNSATISFIABLE);
    assert_int_equal(byte_range_parse(NULL, 0, &r), RANGE_WHOLE);
    assert_int_equal(r.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_read_as_the_rfc_says),
        cmocka_unit_test(nothing_can_be_had_of_an_empty_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
