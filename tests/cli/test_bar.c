// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bar.h"

#include <locale.h>
#include <unistd.h>

#include "test.h"

static const struct snapshot half_way = {
    .phase = PHASE_UPSCALE,
    .fraction = 0.5,
    .units_per_second = 1.94,
};

static const char *rendered(struct buffer *out, const struct snapshot *s, const struct terminal *t)
{
    const struct bar_view view = {
        .snapshot = s, .message = "Upscaling frame 40/80", .eta = "20 s left", .notice = ""};
    buffer_clear(out);
    bar_render(&view, t, out);
    return buffer_string(out);
}

static void plain_output_is_one_line_without_escapes(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    const struct terminal none = {.columns = 80};
    assert_string_equal(rendered(&out, &half_way, &none),
                        " 50 %  Upscaling frame 40/80, 1.94 frames/s, 20 s left\n");
}

static void every_line_fits_the_window_at_any_width(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    for (int columns = 1; columns <= 200; columns++) {
        for (int style = 0; style < 4; style++) {
            const struct terminal t = {
                .interactive = true, .colour = style & 1, .utf8 = style & 2, .columns = columns};
            char *text = strdup(rendered(&out, &half_way, &t));
            int lines = 0;
            for (char *rest = text, *line = NULL; (line = strsep(&rest, "\n")) && rest; lines++) {
                int least = 11; // " 50.0 %" with its margins has no shorter form
                assert_true(terminal_width(line) <= (columns > least ? columns : least));
            }
            assert_int_equal(lines, 2);
            free(text);
        }
    }
}

static void the_bar_is_as_long_as_the_fraction(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    const struct terminal t = {.interactive = true, .columns = 200};
    struct snapshot s = half_way;
    int filled[3];
    for (int i = 0; i < 3; i++) {
        s.fraction = i / 2.0;
        const char *text = rendered(&out, &s, &t);
        filled[i] = 0;
        for (; *text != '\n'; text++)
            filled[i] += *text == '#';
    }
    assert_int_equal(filled[0], 0);
    assert_true(filled[2] > 20);
    assert_int_equal(filled[1], filled[2] / 2);
}

static void what_is_not_complete_is_not_shown_as_100(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    struct snapshot s = half_way;
    for (int interactive = 0; interactive < 2; interactive++) {
        const struct terminal t = {.interactive = interactive, .columns = 80};
        s.fraction = 0.9999;
        assert_null(strstr(rendered(&out, &s, &t), "100"));
        s.fraction = 1;
        assert_non_null(strstr(rendered(&out, &s, &t), "100"));
    }
}

static void a_job_in_trouble_says_so(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    const struct terminal t = {.interactive = true, .columns = 120, .colour = true, .utf8 = true};
    struct snapshot s = half_way;
    s.health = HEALTH_STALLED;
    assert_non_null(strstr(rendered(&out, &s, &t), "no progress for longer than expected"));
    s.health = HEALTH_UNKNOWN;
    assert_non_null(strstr(rendered(&out, &s, &t), "no news from the worker"));
}

// What bar_show() wrote to a pipe, which is no terminal.
static size_t lines_shown(struct bar *bar, int read_fd, const struct snapshot *s, int64_t now_ns)
{
    const struct bar_view view = {.snapshot = s, .message = "m", .eta = "", .notice = ""};
    bar_show(bar, &view, now_ns);
    assert_int_equal(write(bar->fd, "|", 1), 1);
    char text[512];
    ssize_t n = read(read_fd, text, sizeof(text));
    assert_true(n >= 1);
    size_t lines = 0;
    for (ssize_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    return lines;
}

static void plain_lines_come_only_with_something_new(void **state)
{
    (void)state;
    const int64_t second = 1000000000;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct bar bar;
    bar_init(&bar, fds[1]);
    struct snapshot s = half_way;
    assert_int_equal(lines_shown(&bar, fds[0], &s, 0), 1);
    assert_int_equal(lines_shown(&bar, fds[0], &s, second), 0);
    s.fraction = 0.55;
    assert_int_equal(lines_shown(&bar, fds[0], &s, 2 * second), 0);
    s.phase = PHASE_ENCODE;
    assert_int_equal(lines_shown(&bar, fds[0], &s, 3 * second), 1);
    s.fraction = 0.66;
    assert_int_equal(lines_shown(&bar, fds[0], &s, 4 * second), 1);
    assert_int_equal(lines_shown(&bar, fds[0], &s, 15 * second), 1);
    s.fraction = 0.98;
    assert_int_equal(lines_shown(&bar, fds[0], &s, 16 * second), 1);
    s.fraction = 1;
    assert_int_equal(lines_shown(&bar, fds[0], &s, 17 * second), 1);
    assert_int_equal(lines_shown(&bar, fds[0], &s, 18 * second), 0);
    close(fds[0]);
    close(fds[1]);
}

static int use_utf8(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_output_is_one_line_without_escapes),
        cmocka_unit_test(every_line_fits_the_window_at_any_width),
        cmocka_unit_test(the_bar_is_as_long_as_the_fraction),
        cmocka_unit_test(what_is_not_complete_is_not_shown_as_100),
        cmocka_unit_test(a_job_in_trouble_says_so),
        cmocka_unit_test(plain_lines_come_only_with_something_new),
    };
    return cmocka_run_group_tests(tests, use_utf8, NULL);
}
