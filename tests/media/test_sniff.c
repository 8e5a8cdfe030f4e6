// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sniff.h"

#include "test.h"

static void check(const char *head, size_t n, const char *expected)
{
    char phrase[80];
    assert_string_equal(sniff_phrase((const uint8_t *)head, n, phrase, sizeof phrase), expected);
}

static void known_kinds_are_named_and_others_shown(void **state)
{
    (void)state;
    check("%PDF-1.7", 8, "it looks like a PDF document");
    check("PK\3\4....", 8, "it looks like a ZIP archive or an office document");
    check("gr\xc3\xbc\xc3\x9f", 6, "it looks like text");
    check("cut in the last letter \xc3", 24, "it looks like text");
    check("\0\1\2\3\4\5\6\7\10", 9, "it begins with the bytes 00 01 02 03 04 05 06 07");
    check("\xfe\1\2", 3, "it begins with the bytes fe 01 02");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_kinds_are_named_and_others_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
