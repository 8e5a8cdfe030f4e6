// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bench_sources.h"

#include "../storage/folder.h"
#include "test.h"

static void the_usual_matrix_needs_no_wishes(void **state)
{
    (void)state;
    struct bench_axes axes;
    assert_int_equal(bench_sources(&(struct bench_wishes){.rounds = 1}, &axes, NULL), OK);
    assert_int_equal(axes.seconds_count, 3);
    assert_int_equal(axes.seconds[2], 60);
    assert_int_equal(axes.source_count, 2);
    assert_int_equal(axes.sources[1].width, 1920);
    assert_string_equal(axes.sources[1].name, "1080p");
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        assert_true(axes.types[type]);
}

static void quick_is_small(void **state)
{
    (void)state;
    struct bench_axes axes;
    assert_int_equal(bench_sources(&(struct bench_wishes){.rounds = 1, .quick = true}, &axes, NULL),
                     OK);
    assert_int_equal(axes.seconds_count * axes.source_count, 1);
    assert_true(axes.seconds[0] == 1 && axes.sources[0].height == 180 && axes.quick);
}

static void wishes_replace_it(void **state)
{
    (void)state;
    struct bench_axes axes;
    const struct bench_wishes wishes = {
        .types = "overlay,extract_clip", .seconds = "2,30", .sizes = "360", .rounds = 3};
    assert_int_equal(bench_sources(&wishes, &axes, NULL), OK);
    assert_true(axes.types[EXPORT_OVERLAY] && axes.types[EXPORT_EXTRACT_CLIP]);
    assert_false(axes.types[EXPORT_FRAMING_AI]);
    assert_int_equal(axes.seconds[1], 30);
    assert_true(axes.source_count == 1 && axes.sources[0].width == 640 && axes.rounds == 3);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        struct bench_wishes wishes;
        const char *words;
    } cases[] = {
        {{.types = "song"}, "--types: expected names as overlay,extract_clip, got song"},
        {{.types = ""}, "--types"},
        {{.seconds = "0"}, "--seconds: expected at most 16 numbers from 1 to 3600"},
        {{.seconds = "5,"}, "got 5,"},
        {{.seconds = "5;6"}, "got 5;6"},
        {{.sizes = "10"}, "--sizes"},
        {{.sizes = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"}, "--sizes"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench_axes axes;
        struct error err = {0};
        assert_int_equal(bench_sources(&cases[i].wishes, &axes, &err), ERR_USAGE);
        if (!strstr(err.text, cases[i].words))
            fail_msg("expected “%s” in: %s", cases[i].words, err.text);
    }
}

static void a_clip_that_is_no_film_is_named(void **state)
{
    (void)state;
    struct bench_axes axes;
    struct error err = {0};
    const char *missing[] = {"missing.mp4"};
    const char *noise[] = {"noise.mp4"};
    folder_file("noise.mp4", 5000);
    assert_int_equal(
        bench_sources(&(struct bench_wishes){.clips = missing, .clip_count = 1}, &axes, &err),
        ERR_NOT_FOUND);
    assert_int_equal(
        bench_sources(&(struct bench_wishes){.clips = noise, .clip_count = 1}, &axes, &err),
        ERR_MEDIA);
    assert_non_null(strstr(err.text, "noise.mp4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_matrix_needs_no_wishes),
        cmocka_unit_test(quick_is_small),
        cmocka_unit_test(wishes_replace_it),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_clip_that_is_no_film_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
