// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/serve_options.h"

#include <stdlib.h>

#include "test.h"

static void every_row_has_its_own_place_and_a_sentence(void **state)
{
    (void)state;
    struct config_row rows[CONFIG_MAX_ROWS];
    size_t count = serve_option_rows(rows);
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].name[0] && rows[i].argument[0]);
        assert_true(strlen(rows[i].help) > 10 && strlen(rows[i].help) < CONFIG_HELP - 50);
        assert_true(rows[i].kind == CONFIG_TEXT || rows[i].max > rows[i].min);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].offset, rows[j].offset);
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
}

static void what_the_store_is_told_workers_find_in_their_environment(void **state)
{
    (void)state;
    struct config_row rows[CONFIG_MAX_ROWS];
    struct serve_settings settings = {0};
    struct config config;
    size_t count = serve_option_rows(rows);
    (void)unsetenv("HEADWAY_S3_REGION");
    config_init(&config, rows, count, &settings);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, "s3-region") == 0)
            assert_true(config_take(&config, CONFIG_FIRST_KEY + (int)i, "mars"));
    }
    assert_int_equal(config_apply(&config, NULL, NULL), OK);
    serve_export_store(&settings);
    assert_string_equal(getenv("HEADWAY_S3_REGION"), "mars");
    config_done(&config);
}

static void the_defaults_are_acceptable_and_local(void **state)
{
    (void)state;
    struct serve_settings settings = {0};
    struct config config;
    struct supervisor_options jobs;
    struct config_row rows[CONFIG_MAX_ROWS];
    config_init(&config, rows, serve_option_rows(rows), &settings);
    assert_int_equal(config_apply(&config, NULL, NULL), OK);
    assert_string_equal(settings.server.listen, "127.0.0.1:8080");
    assert_true(settings.server.connections >= settings.server.connections_per_address);
    assert_true(settings.server.viewers >= settings.server.viewers_per_user);
    serve_supervisor_options(&settings, &jobs);
    assert_string_equal(jobs.data_dir, "headway-data");
    assert_int_equal(jobs.workers, 1);
    assert_int_equal(jobs.retry.max_attempts, 3);
    config_done(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_its_own_place_and_a_sentence),
        cmocka_unit_test(what_the_store_is_told_workers_find_in_their_environment),
        cmocka_unit_test(the_defaults_are_acceptable_and_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
