// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "test.h"

struct target {
    const char *name;
    int64_t jobs;
    int64_t size_bytes;
};

static const struct config_row rows[] = {
    {"name", "TEXT", CONFIG_TEXT, offsetof(struct target, name), 0, 0, NULL, "Its name"},
    {"max-jobs", "N", CONFIG_COUNT, offsetof(struct target, jobs), 1, 50, "7", "How many"},
    {"size", "BYTES", CONFIG_BYTES, offsetof(struct target, size_bytes), 0, 5000000000000, "2k",
     "How large"},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

struct fixture {
    struct target target;
    struct config config;
    char path[64];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    (void)snprintf(f->path, sizeof(f->path), "/tmp/headway-config-%ld.ini", (long)getpid());
    config_init(&f->config, rows, ROWS, &f->target);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    config_done(&f->config);
    (void)unlink(f->path);
    (void)unsetenv("HEADWAY_NAME");
    (void)unsetenv("HEADWAY_MAX_JOBS");
    free(f);
    return 0;
}

static void write_file(const struct fixture *f, const char *text)
{
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void defaults_hold_where_nothing_is_said(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(config_apply(&f->config, NULL, NULL), OK);
    assert_null(f->target.name);
    assert_int_equal(f->target.jobs, 7);
    assert_int_equal(f->target.size_bytes, 2000);
}

static void flags_win_over_variables_and_those_over_the_file(void **state)
{
    struct fixture *f = *state;
    write_file(f, "[serve]\nname = file ; a remark\nmax-jobs = 1\nsize = 3M\n");
    (void)setenv("HEADWAY_NAME", "variable", 1);
    (void)setenv("HEADWAY_MAX_JOBS", "2", 1);
    assert_true(config_take(&f->config, CONFIG_FIRST_KEY + 1, "3"));
    assert_false(config_take(&f->config, CONFIG_FIRST_KEY + ROWS, "x"));
    assert_false(config_take(&f->config, 'x', "x"));
    assert_int_equal(config_apply(&f->config, f->path, NULL), OK);
    assert_string_equal(f->target.name, "variable");
    assert_int_equal(f->target.jobs, 3);
    assert_int_equal(f->target.size_bytes, 3000000);
}

static void every_wrong_value_is_told_with_its_source(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"",   "x",  "0",   "51",
                                      "5 ", "1k", "1.5", "99999999999999999999"};
    struct error err = {0};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_true(config_take(&f->config, CONFIG_FIRST_KEY + 1, bad[i]));
        assert_int_equal(config_apply(&f->config, NULL, &err), ERR_USAGE);
        assert_true(text_starts(err.text, "--max-jobs: expected a number from 1 to 50, got "));
    }
    assert_true(config_take(&f->config, CONFIG_FIRST_KEY + 1, "5"));
    (void)setenv("HEADWAY_MAX_JOBS", "none", 1);
    assert_int_equal(config_apply(&f->config, NULL, &err), ERR_USAGE);
    assert_true(text_starts(err.text, "HEADWAY_MAX_JOBS: "));
    (void)unsetenv("HEADWAY_MAX_JOBS");
    write_file(f, "size = 9Z\n");
    assert_int_equal(config_apply(&f->config, f->path, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, ".ini: size: expected"));
}

static void sizes_have_factors_and_do_not_overflow(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        int64_t bytes; // -1: refused
    } sizes[] = {{"0", 0},
                 {"5", 5},
                 {"5k", 5000},
                 {"5G", 5000000000},
                 {"5T", 5000000000000},
                 {"6T", -1},
                 {"9223372036854775807T", -1},
                 {"5kk", -1},
                 {"k", -1},
                 {"5K", -1}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_true(config_take(&f->config, CONFIG_FIRST_KEY + 2, sizes[i].text));
        enum status status = config_apply(&f->config, NULL, NULL);
        if (status != (sizes[i].bytes < 0 ? ERR_USAGE : OK))
            fail_msg("%s", sizes[i].text);
        if (status == OK)
            assert_int_equal(f->target.size_bytes, sizes[i].bytes);
    }
}

static void a_file_that_is_wrong_is_refused_whole(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    write_file(f, "max-jobs = 5\nmax-jbos = 5\n");
    assert_int_equal(config_apply(&f->config, f->path, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "there is no option max-jbos"));
    write_file(f, "max-jobs = 5\nwhat is this\n");
    assert_int_equal(config_apply(&f->config, f->path, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "line 2: expected name = value"));
    assert_int_equal(config_apply(&f->config, "/nonexistent/x.ini", &err), ERR_NOT_FOUND);
}

static void help_names_the_default(void **state)
{
    struct fixture *f = *state;
    struct argp_option options[ROWS];
    char help[ROWS][CONFIG_HELP];
    config_options(&f->config, options, help);
    assert_string_equal(options[1].name, "max-jobs");
    assert_string_equal(options[1].doc, "How many (default: 7)");
    assert_string_equal(options[0].doc, "Its name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_hold_where_nothing_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(flags_win_over_variables_and_those_over_the_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_wrong_value_is_told_with_its_source, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sizes_have_factors_and_do_not_overflow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_wrong_is_refused_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(help_names_the_default, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
