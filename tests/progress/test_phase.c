// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>

#include "progress/phase.h"

static void every_phase_has_a_row_and_is_found_by_its_name(void **state)
{
    (void)state;
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct phase_info *info = phase_info((enum phase)k);
        enum phase found = PHASE_COUNT;
        char prefixed[64];
        assert_true(info->name[0] != '\0' && info->label[0] != '\0');
        assert_true(phase_from_name(info->name, &found));
        assert_int_equal(found, k);
        (void)snprintf(prefixed, sizeof(prefixed), "modal_%s", info->name);
        assert_true(phase_from_name(prefixed, &found));
        assert_int_equal(found, k);
    }
}

static void every_type_has_a_row_with_phases_in_pipeline_order(void **state)
{
    (void)state;
    for (int i = 0; i < EXPORT_TYPE_COUNT; i++) {
        const struct export_info *info = export_info((enum export_type)i);
        enum export_type found = EXPORT_TYPE_COUNT;
        assert_true(export_type_from_name(info->name, &found));
        assert_int_equal(found, i);
        assert_true(info->label[0] != '\0');
        for (int j = 1; j < info->phase_count; j++)
            assert_true(info->phases[j] > info->phases[j - 1]);
    }
    assert_int_equal(export_info(EXPORT_FRAMING_AI)->phase_count, 5);
    assert_int_equal(export_info(EXPORT_DETECT_PLAYERS)->phase_count, 0);
    assert_int_equal(export_info(EXPORT_EXTRACT_CLIP)->phase_count, 0);
}

static void units_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < UNIT_COUNT; i++) {
        enum unit found = UNIT_COUNT;
        assert_true(unit_from_name(unit_name((enum unit)i), &found));
        assert_int_equal(found, i);
    }
}

static void unknown_names_are_refused_and_change_nothing(void **state)
{
    (void)state;
    enum phase phase = PHASE_UPLOAD;
    enum export_type type = EXPORT_OVERLAY;
    enum unit unit = UNIT_CLIPS;
    assert_false(phase_from_name("modal_modal_upscale", &phase));
    assert_false(phase_from_name("", &phase));
    assert_false(export_type_from_name("framing", &type));
    assert_false(unit_from_name("frame", &unit));
    assert_int_equal(phase, PHASE_UPLOAD);
    assert_int_equal(type, EXPORT_OVERLAY);
    assert_int_equal(unit, UNIT_CLIPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phase_has_a_row_and_is_found_by_its_name),
        cmocka_unit_test(every_type_has_a_row_with_phases_in_pipeline_order),
        cmocka_unit_test(units_have_names),
        cmocka_unit_test(unknown_names_are_refused_and_change_nothing),
    };
    return cmocka_run_group_tests_name("phase", tests, NULL, NULL);
}
