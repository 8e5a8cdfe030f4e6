// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bars.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "test.h"

static struct snapshot snapshots[4] = {
    {.fraction = 0.25}, {.fraction = 1, .ended = true}, {.fraction = 0.5}, {.fraction = 0.75}};

static void make_rows(struct bars_row rows[4])
{
    static const char *const names[] = {"first", "second", "third", "fourth"};
    for (int i = 0; i < 4; i++)
        rows[i] = (struct bars_row){
            .name = names[i],
            .view = {.snapshot = &snapshots[i], .message = "Upscaling", .eta = "", .notice = ""}};
}

static int lines_in(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void each_stands_under_its_name(void **state)
{
    (void)state;
    struct bars_row rows[4];
    struct buffer out BUFFER_AUTO;
    const struct terminal terminal = {.interactive = true, .columns = 80};
    buffer_init(&out, 65536);
    make_rows(rows);
    assert_int_equal(bars_render(rows, 4, &terminal, 100, &out), 12);
    assert_int_equal(lines_in(buffer_string(&out)), 12);
    const char *third = strstr(buffer_string(&out), " third\n");
    assert_non_null(third);
    assert_non_null(strstr(third, "50.0 %"));
}

static void one_alone_needs_no_name(void **state)
{
    (void)state;
    struct bars_row rows[4];
    struct buffer out BUFFER_AUTO;
    const struct terminal terminal = {.interactive = true, .columns = 80};
    buffer_init(&out, 65536);
    make_rows(rows);
    assert_int_equal(bars_render(rows, 1, &terminal, 100, &out), 2);
    assert_null(strstr(buffer_string(&out), "first"));
}

// What is drawn must fit the window, or it could not be drawn over.
static void a_low_window_shows_those_that_run(void **state)
{
    (void)state;
    struct bars_row rows[4];
    const struct terminal terminal = {.interactive = true, .columns = 80};
    make_rows(rows);
    for (int lines = 0; lines < 14; lines++) {
        struct buffer out BUFFER_AUTO;
        buffer_init(&out, 65536);
        int drawn = bars_render(rows, 4, &terminal, lines, &out);
        assert_true(drawn <= lines);
        assert_int_equal(lines_in(buffer_string(&out)), drawn);
        assert_true((strstr(buffer_string(&out), "second") != NULL) == (lines >= 12));
        assert_true((strstr(buffer_string(&out), "fourth") != NULL) == (lines >= 9));
    }
}

static void plain_lines_name_their_job(void **state)
{
    (void)state;
    struct bars_row rows[4];
    struct bars bars;
    char text[1024];
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    make_rows(rows);
    rows[1].view.message = ""; // nothing is known of it yet
    bars_init(&bars, fds[1], 4);
    bars_show(&bars, rows, 0);
    bars_show(&bars, rows, 1); // nothing new
    ssize_t n = read(fds[0], text, sizeof(text) - 1);
    assert_true(n > 0);
    text[n] = '\0';
    assert_string_equal(text, " 25 %  first: Upscaling\n"
                              " 50 %  third: Upscaling\n 75 %  fourth: Upscaling\n");
    bars_done(&bars);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stands_under_its_name),
        cmocka_unit_test(one_alone_needs_no_name),
        cmocka_unit_test(a_low_window_shows_those_that_run),
        cmocka_unit_test(plain_lines_name_their_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
