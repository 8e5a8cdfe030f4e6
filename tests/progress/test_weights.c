// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/weights.h"

static void the_first_ranges_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *type, *phase;
        double percent, overall;
    } rows[] = {
        {"framing_ai", "download", 100, 8},
        {"framing_ai", "init", 0, 8},
        {"framing_ai", "upscale", 50, 37},
        {"framing_ai", "modal_upscale", 50, 37},
        {"framing_ai", "encode", 100, 73},
        {"framing_ai", "upload", 100, 100},
        {"multi_clip", "init", 50, 11},
        {"multi_clip", "upscale", 100, 55},
        {"multi_clip", "encode", 0, 55},
        {"multi_clip", "concat", 50, 75},
        {"multi_clip", "upload", 0, 80},
        {"overlay", "download", 50, 5},
        {"overlay", "overlay", 50, 15},
        {"overlay", "process", 50, 45},
        {"overlay", "encode", 100, 85},
        {"overlay", "upload", 100, 100},
        {"annotate_compilation", "process", 0, 15},
        {"annotate_compilation", "merge", 100, 85},
        {"annotate_compilation", "download", 100, 15},
    };
    struct weight_set set;
    weights_first(&set);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_near(weights_overall(&set, rows[i].type, rows[i].phase, rows[i].percent),
                    rows[i].overall, 1e-9);
}

static void unknown_names_return_the_phase_percent(void **state)
{
    (void)state;
    struct weight_set set;
    weights_first(&set);
    assert_near(weights_overall(&set, "framing_ai", "polish", 42), 42, 1e-12);
    assert_near(weights_overall(&set, "poem", "upscale", 42), 42, 1e-12);
    assert_near(weights_overall(&set, "detect_players", "process", 42), 42, 1e-12);
    assert_near(weights_overall(&set, "framing_ai", "concat", 142), 100, 1e-12);
}

static void check_complete(const struct weight_set *set)
{
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct export_info *info = export_info((enum export_type)type);
        double end = 0;
        for (int i = 0; i < info->phase_count; i++) {
            const struct weight *w = &set->weights[type][info->phases[i]];
            assert_true(w->has_range);
            assert_near(w->start_percent, end, 1e-9);
            assert_true(w->end_percent >= w->start_percent);
            end = w->end_percent;
        }
        if (info->phase_count > 0)
            assert_near(end, 100, 1e-9);
    }
}

static void both_shipped_sets_cover_0_to_100_without_holes(void **state)
{
    (void)state;
    struct weight_set set;
    weights_first(&set);
    check_complete(&set);
    weights_measured(&set);
    check_complete(&set);
}

static void learning_follows_the_seconds(void **state)
{
    (void)state;
    struct weight_set set = {0};
    double seconds[PHASE_COUNT] = {0};
    weights_learn(&set, EXPORT_FRAMING_AI, seconds);
    assert_false(set.weights[EXPORT_FRAMING_AI][PHASE_UPSCALE].has_range);
    seconds[PHASE_DOWNLOAD] = 1;
    seconds[PHASE_UPSCALE] = 8;
    seconds[PHASE_ENCODE] = 1;
    seconds[PHASE_MERGE] = 1000; // not a phase of this type
    weights_learn(&set, EXPORT_FRAMING_AI, seconds);
    assert_near(weights_overall(&set, "framing_ai", "upscale", 50), 50, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_ranges_are_the_published_ones),
        cmocka_unit_test(unknown_names_return_the_phase_percent),
        cmocka_unit_test(both_shipped_sets_cover_0_to_100_without_holes),
        cmocka_unit_test(learning_follows_the_seconds),
    };
    return cmocka_run_group_tests_name("weights", tests, NULL, NULL);
}
