// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "sys/file.h"
#include "test.h"

// Runs `write_lines` with standard error going to a file; appends what came to `out`.
static void capture(void (*write_lines)(void), struct buffer *out)
{
    char path[] = "/tmp/headway-test-XXXXXX";
    int file = mkstemp(path);
    int kept = dup(STDERR_FILENO);
    assert_true(file >= 0 && kept >= 0);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    (void)close(file);
    file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC); // threads append, nobody overwrites
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    write_lines();
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    (void)close(kept);
    (void)close(file);
    assert_int_equal(file_read(path, out, NULL), OK);
    (void)unlink(path);
}

static void one_line_a_level(void)
{
    for (int level = 0; level < LOG_LEVEL_COUNT; level++)
        log_line((enum log_level)level, "level %d", level);
}

static void levels_above_the_limit_are_dropped(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 10000);
    capture(one_line_a_level, &out);
    assert_string_equal(buffer_string(&out),
                        "headway: error: level 0\nheadway: warning: level 1\n");
    buffer_clear(&out);
    log_set_level(LOG_DEBUG);
    capture(one_line_a_level, &out);
    assert_non_null(strstr(buffer_string(&out), "headway: level 2\nheadway: debug: level 3\n"));
    log_set_level(LOG_ERROR);
    buffer_clear(&out);
    capture(one_line_a_level, &out);
    assert_string_equal(buffer_string(&out), "headway: error: level 0\n");
    log_set_level(LOG_WARN);
}

static void write_a_long_line(void)
{
    char text[9001] = "";
    for (size_t i = 0; i < 4500; i++)
        memcpy(text + 2 * i, "é", 3);
    log_line(LOG_ERROR, "%s", text);
    log_line(LOG_ERROR, "x%s", text);
}

static void long_lines_are_cut_at_a_character(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 100000);
    capture(write_a_long_line, &out);
    assert_true(out.size > 8000 && out.size < 8300);
    assert_true(text_utf8_valid(out.data, out.size));
    assert_int_equal(out.data[out.size - 1], '\n');
}

static void write_a_record(void)
{
    log_record("BENCHMARK_DATA: {}");
}

static void a_record_is_written_as_it_is(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000);
    capture(write_a_record, &out);
    assert_string_equal(buffer_string(&out), "BENCHMARK_DATA: {}\n");
}

enum { WRITERS = 4, LINES = 200 };

static void *write_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < LINES; i++)
        log_line(LOG_ERROR, "one whole line of a thread among others");
    return NULL;
}

static void write_from_threads(void)
{
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    (void)state;
    static const char line[] = "headway: error: one whole line of a thread among others\n";
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000000);
    capture(write_from_threads, &out);
    size_t n = sizeof(line) - 1;
    assert_int_equal(out.size, n * WRITERS * LINES);
    for (size_t i = 0; i < out.size; i += n)
        assert_memory_equal(out.data + i, line, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_above_the_limit_are_dropped),
        cmocka_unit_test(long_lines_are_cut_at_a_character),
        cmocka_unit_test(a_record_is_written_as_it_is),
        cmocka_unit_test(lines_of_several_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
