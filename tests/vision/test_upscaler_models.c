// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/upscaler.h"

#include <limits.h>

#include "test.h"

static void expect(const char *model, const char *dir, const char *part)
{
    char path[PATH_MAX];
    struct error err = {0};
    assert_int_equal(upscaler_model_find(model, dir, path, sizeof path, &err), ERR_MODEL);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void a_missing_model_says_where_it_looked_and_what_fetches_it(void **state)
{
    (void)state;
    expect("x4fast", "/nowhere/at/all", "/nowhere/at/all");
    expect("x4fast", "/nowhere/at/all", "fetch_assets");
    expect("/nowhere/mine.param", NULL, "/nowhere/mine.param");
}

static void an_unknown_model_names_those_there_are(void **state)
{
    (void)state;
    for (size_t i = 0; upscaler_model_at(i); i++)
        expect("x5", NULL, upscaler_model_at(i)->name);
}

static void every_row_is_filled(void **state)
{
    (void)state;
    assert_string_equal(upscaler_model_at(0)->name, "x4fast");
    for (size_t i = 0; upscaler_model_at(i); i++) {
        const struct upscaler_model *m = upscaler_model_at(i);
        assert_true(m->file && m->text && m->factor >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_model_says_where_it_looked_and_what_fetches_it),
        cmocka_unit_test(an_unknown_model_names_those_there_are),
        cmocka_unit_test(every_row_is_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
