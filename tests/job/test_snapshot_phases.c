// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/snapshot_phases.h"

#include "test.h"

static enum status read_with(enum status (*read)(const struct jr *, struct phase_view *,
                                                 struct error *),
                             const char *text, struct phase_view *phases, struct error *err)
{
    AUTO(jr_free) struct jr_doc *doc = NULL;
    assert_int_equal(jr_parse(text, strlen(text), &doc, err), OK);
    struct jr root = jr_root(doc);
    return read(&root, phases, err);
}

static void a_list_replaces_all_phases(void **state)
{
    (void)state;
    struct phase_view phases[PHASE_COUNT] = {[PHASE_INIT] = {.state = PHASE_DONE}};
    struct error err;
    assert_int_equal(read_with(snapshot_phases_read,
                               "[{\"phase\":\"encode\",\"state\":\"running\",\"done\":3,\"total\":9"
                               ",\"fraction\":0.5,\"seconds\":1.5},{\"phase\":\"polish\"}]",
                               phases, &err),
                     OK);
    const struct phase_view *encode = &phases[PHASE_ENCODE];
    assert_int_equal(phases[PHASE_INIT].state, PHASE_ABSENT);
    assert_int_equal(encode->state, PHASE_RUNNING);
    assert_true(encode->has_total && encode->has_fraction && encode->fraction == 0.5);
    assert_true(encode->wall_ns == 1500000000);
}

static void counts_change_only_what_they_name(void **state)
{
    (void)state;
    struct phase_view phases[PHASE_COUNT] = {[PHASE_INIT] = {.state = PHASE_DONE}};
    struct error err;
    assert_int_equal(read_with(snapshot_counts_read,
                               "{\"upscale\":[\"running\",41,100],\"encode\":[\"pending\",0,null]}",
                               phases, &err),
                     OK);
    assert_int_equal(phases[PHASE_INIT].state, PHASE_DONE);
    assert_true(phases[PHASE_UPSCALE].fraction == 0.41);
    assert_false(phases[PHASE_ENCODE].has_total);
}

static void only_differences_that_fit_are_added(void **state)
{
    (void)state;
    struct phase_view shown[PHASE_COUNT] = {0};
    struct phase_view now[PHASE_COUNT] = {0};
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, 1000);
    snapshot_counts_add(shown, now, 1000, &line);
    assert_string_equal(buffer_string(&line), "");
    now[PHASE_UPSCALE] = (struct phase_view){.state = PHASE_RUNNING, .done_units = 4};
    now[PHASE_ENCODE] = (struct phase_view){.state = PHASE_RUNNING, .done_units = 3};
    snapshot_counts_add(shown, now, 45, &line);
    assert_string_equal(buffer_string(&line), ",\"counts\":{\"upscale\":[\"running\",4,null]}");
    buffer_clear(&line);
    snapshot_counts_add(shown, now, 45, &line);
    assert_string_equal(buffer_string(&line), ",\"counts\":{\"encode\":[\"running\",3,null]}");
    buffer_clear(&line);
    snapshot_counts_add(shown, now, 45, &line);
    assert_string_equal(buffer_string(&line), "");
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    struct phase_view phases[PHASE_COUNT] = {0};
    struct error err;
    assert_int_equal(
        read_with(snapshot_counts_read, "{\"upscale\":[\"running\",-1,null]}", phases, &err),
        ERR_INVALID);
    assert_non_null(strstr(err.text, "upscale[1]: expected"));
    assert_int_equal(read_with(snapshot_phases_read, "[{\"state\":\"done\"}]", phases, &err),
                     ERR_INVALID);
    assert_non_null(strstr(err.text, "[0].phase: is required"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_replaces_all_phases),
        cmocka_unit_test(counts_change_only_what_they_name),
        cmocka_unit_test(only_differences_that_fit_are_added),
        cmocka_unit_test(wrong_values_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
