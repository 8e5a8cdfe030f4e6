// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/terminal.h"

#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "test.h"

// The two ends of a new pseudo terminal, `columns` wide.
static void open_terminal(int ends[2], int columns)
{
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    if (ends[0] < 0)
        skip();
    assert_int_equal(grantpt(ends[0]), 0);
    assert_int_equal(unlockpt(ends[0]), 0);
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    assert_true(ends[1] >= 0);
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = 24};
    assert_int_equal(ioctl(ends[1], TIOCSWINSZ, &size), 0);
}

static void close_terminal(int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_terminal_is_recognised_with_its_width(void **state)
{
    (void)state;
    int ends[2];
    open_terminal(ends, 132);
    (void)setenv("TERM", "xterm-256color", 1);
    (void)unsetenv("NO_COLOR");
    struct terminal t = terminal_look(ends[1]);
    assert_true(t.interactive && t.colour);
    assert_int_equal(t.columns, 132);
    close_terminal(ends);
    open_terminal(ends, 0);
    assert_int_equal(terminal_look(ends[1]).columns, 80);
    close_terminal(ends);
}

static void no_color_is_honoured_when_it_says_something(void **state)
{
    (void)state;
    int ends[2];
    open_terminal(ends, 80);
    (void)setenv("TERM", "xterm", 1);
    (void)setenv("NO_COLOR", "1", 1);
    assert_true(terminal_look(ends[1]).interactive);
    assert_false(terminal_look(ends[1]).colour);
    (void)setenv("NO_COLOR", "", 1);
    assert_true(terminal_look(ends[1]).colour);
    (void)unsetenv("NO_COLOR");
    close_terminal(ends);
}

static void a_dumb_terminal_and_a_pipe_are_not_interactive(void **state)
{
    (void)state;
    int ends[2];
    open_terminal(ends, 100);
    (void)setenv("TERM", "dumb", 1);
    assert_false(terminal_look(ends[1]).interactive);
    (void)unsetenv("TERM");
    assert_false(terminal_look(ends[1]).interactive);
    (void)setenv("TERM", "xterm", 1);
    close_terminal(ends);
    assert_int_equal(pipe(ends), 0);
    struct terminal t = terminal_look(ends[1]);
    assert_false(t.interactive || t.colour);
    assert_int_equal(t.columns, 80);
    close_terminal(ends);
}

static void the_width_counts_columns_not_bytes(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    assert_true(terminal_look(0).utf8);
    static const struct {
        const char *text;
        int columns;
    } rows[] = {
        {"", 0},
        {"abc", 3},
        {"é€", 2},
        {"█▏", 2},
        {"漢字", 4},
        {"e\xCC\x81", 1},
        {"\x1b[1;32mok\x1b[0m", 2},
        {"\x1b[", 0},
        {"\x1b[31", 0},
        {"a\xFFz", 3},
        {"a\xC3", 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(terminal_width(rows[i].text), rows[i].columns);
    (void)setlocale(LC_CTYPE, "C");
    assert_false(terminal_look(0).utf8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_is_recognised_with_its_width),
        cmocka_unit_test(no_color_is_honoured_when_it_says_something),
        cmocka_unit_test(a_dumb_terminal_and_a_pipe_are_not_interactive),
        cmocka_unit_test(the_width_counts_columns_not_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
