// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "test.h"

static void a_free_port_is_found_and_told(void **state)
{
    (void)state;
    struct listen_set set;
    struct listen_set second;
    struct error err = {0};
    assert_int_equal(listen_open("127.0.0.1:0", &set, NULL), OK);
    assert_int_equal(set.count, 1);
    assert_false(set.is_wide);
    assert_true(text_starts(set.name, "127.0.0.1:"));
    assert_int_equal(listen_open(set.name, &second, &err), ERR_UNAVAILABLE); // it is taken
    assert_non_null(strstr(err.text, set.name));
    listen_close(&set);
}

static void addresses_that_others_reach_are_told_from_our_own(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool is_wide;
    } rows[] = {{"0.0.0.0:0", true}, {"127.0.0.9:0", false}, {"localhost:0", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct listen_set set;
        assert_int_equal(listen_open(rows[i].address, &set, NULL), OK);
        assert_int_equal(set.is_wide, rows[i].is_wide);
        listen_close(&set);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "8080", ":8080",   "localhost",
                                      "localhost:", "a:b",  "a:99999", "a:-1",
                                      "::1:8080",   "a:1 ", "[::1]",   "a:123456"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct listen_set set;
        struct error err = {0};
        if (listen_open(bad[i], &set, &err) != ERR_INVALID)
            fail_msg("%s", bad[i]);
        assert_true(text_starts(err.text, "listen: expected HOST:PORT"));
    }
}

// As systemd does: socket 3 onwards, their number and our process in the environment.
static void sockets_of_systemd_are_taken(void **state)
{
    (void)state;
    struct listen_set made;
    struct listen_set set;
    char pid[32];
    assert_int_equal(listen_open("127.0.0.1:0", &made, NULL), OK);
    int copy = fcntl(3, F_DUPFD_CLOEXEC, 10); // whatever stands at 3
    assert_int_equal(dup2(made.fds[0], 3), 3);
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "1", 1);
    assert_int_equal(listen_open("127.0.0.1:1", &set, NULL), OK);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.fds[0], 3);
    assert_string_equal(set.name, made.name);
    assert_null(getenv("LISTEN_FDS")); // workers shall not take them too
    if (made.fds[0] != 3)
        listen_close(&made);
    if (copy >= 0 && made.fds[0] != 3)
        (void)dup2(copy, 3);
    (void)close(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_port_is_found_and_told),
        cmocka_unit_test(addresses_that_others_reach_are_told_from_our_own),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(sockets_of_systemd_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
