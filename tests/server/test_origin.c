// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/origin.h"

#include "test.h"

struct row {
    const char *names, *host, *origin;
    bool is_ours;
};

static void only_our_own_names_and_pages_are_answered(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {NULL, "127.0.0.1:8080", NULL, true},
        {NULL, "localhost", NULL, true},
        {NULL, "LOCALHOST:1", NULL, true},
        {NULL, "[::1]:8080", NULL, true},
        {NULL, "192.168.1.4:8080", NULL, true},
        {"films.example", "films.example", NULL, true},
        {"a.example, films.example", "Films.Example:8443", NULL, true},
        {"films.example", "films.example", "https://films.example", true},
        {NULL, "localhost:8080", "http://localhost:8080", true},
        {NULL, "[::1]:8080", "http://[::1]:8080", true},
        {NULL, NULL, NULL, false},
        {NULL, "", NULL, false},
        {NULL, "evil.example", NULL, false},
        {NULL, "evil.example:8080", NULL, false},
        {"films.example", "films.example.evil.example", NULL, false},
        {"films.example", "evilfilms.example", NULL, false},
        {"films.example", "films", NULL, false},
        {NULL, "localhost.", NULL, false},
        {NULL, "localhost:", NULL, false},
        {NULL, "localhost:80x", NULL, false},
        {NULL, "localhost:123456", NULL, false},
        {NULL, "127.0.0.1.evil.example", NULL, false},
        {NULL, "127.1", NULL, false},
        {NULL, "2130706433", NULL, false},
        {NULL, "[::1", NULL, false},
        {NULL, "[localhost]", NULL, false},
        {NULL, "localhost, evil.example", NULL, false},
        {NULL, "localhost:8080", "http://localhost:8081", false},
        {NULL, "localhost:8080", "http://evil.example", false},
        {NULL, "localhost:8080", "null", false},
        {NULL, "localhost:8080", "", false},
        {NULL, "localhost:8080", "file://", false},
        {NULL, "localhost:8080", "http://localhost:8080.evil.example", false},
        {NULL, "localhost:8080", "ftp://localhost:8080", false},
        {"evil.example", "localhost:8080", "http://evil.example", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct error err = {0};
        enum status status = origin_check(r->names, r->host, r->origin, &err);
        if (status != (r->is_ours ? OK : ERR_PERMISSION))
            fail_msg("host %s, origin %s", r->host, r->origin);
        assert_true(status == OK || err.text[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_our_own_names_and_pages_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
