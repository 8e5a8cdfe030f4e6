// SPDX-License-Identifier: GPL-3.0-or-later
// Whole overlays in this process, through export_run(); their pixels are looked at in
// tests/system/test_overlay.py.
#include "../media/clips.h"
#include "../storage/folder.h"
#include "run.h"

#define CLIP                                                                                       \
    "-f lavfi -i testsrc2=size=322x182:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 "  \
    "-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac -t 2"
#define KEY "{\"time\":0.5,\"x\":100,\"y\":90,\"radius_x\":30,\"radius_y\":40}"
#define REGION "\"regions\":[{\"start\":0.5,\"end\":1.1,\"keyframes\":[" KEY "]}]"

static void begin(struct run *run, const char *input, const char *fields)
{
    run_begin(run, "overlay", "\"input\":\"%s\",\"output\":\"film.mp4\",%s", input, fields);
}

static void refuse(const char *input, const char *fields, const char *expected)
{
    struct run run;
    begin(&run, input, fields);
    run_fail(&run, ERR_INVALID, expected);
    run_end(&run);
}

static void frames_inside_and_outside_are_planned_and_counted(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP), REGION);
    run_make_film(&run);
    const struct plan_phase *p = &run.recorder.plan.phases[PHASE_PROCESS];
    assert_int_equal(p->total_units, 50);
    assert_int_equal(p->class_count, 2);
    assert_string_equal(p->classes[0].name, "outside");
    assert_int_equal(p->classes[0].units, 35);
    assert_string_equal(p->classes[1].name, "inside");
    assert_int_equal(p->classes[1].units, 15);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_PROCESS), 50);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_ENCODE), 50);
    assert_false(run.recorder.plan.phases[PHASE_OVERLAY].present);
    assert_int_equal(run.result.frames, 50);
    run_end(&run);
}

static void a_text_makes_its_frames_inside_ones(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP),
          "\"trim\":{\"start\":1},\"texts\":[{\"start\":0.2,\"end\":0.6,\"text\":\"a\",\"x\":9,"
          "\"y\":9}]");
    run_make_film(&run);
    assert_int_equal(run.recorder.plan.phases[PHASE_PROCESS].classes[0].units, 15);
    assert_int_equal(run.recorder.plan.phases[PHASE_PROCESS].classes[1].units, 10);
    assert_int_equal(run.result.frames, 25);
    run_end(&run);
}

static void nothing_to_draw_on_a_whole_source_is_a_copy(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP), "\"regions\":[{\"start\":0,\"end\":1}]");
    run_make_film(&run);
    assert_false(run.recorder.plan.phases[PHASE_ENCODE].present);
    assert_int_equal(run.result.frames, 50);
    run_end(&run);
}

static void nothing_to_draw_is_encoded_where_a_copy_cannot_be(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"2s.mp4", CLIP, "\"trim\":{\"start\":1}"},
        {"1s.mkv", "-f lavfi -i testsrc2=size=64x64:rate=25 -c:v ffv1 -t 1", "\"regions\":[]"},
    };
    for (int i = 0; i < 2; i++) {
        struct run run;
        begin(&run, clips_make(rows[i][0], rows[i][1]), rows[i][2]);
        run_make_film(&run);
        assert_true(run.recorder.plan.phases[PHASE_ENCODE].present);
        assert_int_equal(run.result.frames, 25);
        run_end(&run);
    }
}

static void what_begins_behind_the_end_is_refused(void **state)
{
    (void)state;
    const char *clip = clips_make("2s.mp4", CLIP);
    refuse(clip, "\"trim\":{\"end\":0.5}," REGION,
           "regions[0].start: must be before the clip's end (0.5), got 0.5");
    refuse(clip, "\"texts\":[{\"start\":2,\"end\":3,\"text\":\"a\",\"x\":9,\"y\":9}]",
           "texts[0].start: must be before the clip's end (2), got 2");
}

static void a_cancel_ends_it_within_a_second_and_leaves_nothing(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP), REGION);
    run_stop_at(&run, (struct told){.kind = TOLD_REPORT, .phase = PHASE_PROCESS, .done_units = 5});
    run_until_stopped(&run);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_inside_and_outside_are_planned_and_counted),
        cmocka_unit_test(a_text_makes_its_frames_inside_ones),
        cmocka_unit_test(nothing_to_draw_on_a_whole_source_is_a_copy),
        cmocka_unit_test(nothing_to_draw_is_encoded_where_a_copy_cannot_be),
        cmocka_unit_test(what_begins_behind_the_end_is_refused),
        cmocka_unit_test(a_cancel_ends_it_within_a_second_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
