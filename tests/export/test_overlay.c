// SPDX-License-Identifier: GPL-3.0-or-later
// Whole overlays in this process, through export_run(); their pixels are looked at in
// tests/system/test_overlay.py.
#include <stdio.h>

#include "../media/clips.h"
#include "../storage/folder.h"
#include "export/export.h"
#include "recorder.h"
#include "storage/sink.h"
#include "sys/clock.h"

#define CLIP                                                                                       \
    "-f lavfi -i testsrc2=size=322x182:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 "  \
    "-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac -t 2"
#define KEY "{\"time\":0.5,\"x\":100,\"y\":90,\"radius_x\":30,\"radius_y\":40}"
#define REGION "\"regions\":[{\"start\":0.5,\"end\":1.1,\"keyframes\":[" KEY "]}]"

struct run {
    struct recorder recorder;
    struct cancel *cancel;
    struct spec *spec;
    struct export_result result;
    struct error err;
    enum status status;
    int64_t ended_ns;
};

static void begin(struct run *run, const char *input, const char *fields)
{
    char text[2048];
    *run = (struct run){.cancel = cancel_new()};
    recorder_init(&run->recorder);
    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"overlay\",\"input\":\"%s\",\"output\":\"film.mp4\",%s}", input,
                   fields);
    if (spec_parse(text, strlen(text), &run->spec, &run->err) != OK)
        fail_msg("%s", run->err.text);
}

static void go(struct run *run)
{
    const struct export_options options = {
        .spec = run->spec,
        .threads = 2,
        .listener = &run->recorder.listener,
        .cancel = run->cancel,
    };
    run->status = export_run(&options, &run->result, &run->err);
    run->ended_ns = clock_now_ns();
    recorder_check(&run->recorder);
}

static void end(struct run *run)
{
    spec_free(run->spec);
    recorder_done(&run->recorder);
    cancel_free(run->cancel);
}

static void succeed(struct run *run)
{
    go(run);
    if (run->status != OK)
        fail_msg("%s", run->err.text);
    uint64_t bytes = 0;
    assert_int_equal(object_size(NULL, "film.mp4", &bytes, &run->err), OK);
    assert_int_equal(bytes, run->result.bytes);
    assert_int_equal(folder_entries(), 1);
    assert_int_equal(unlink("film.mp4"), 0);
}

static void refuse(const char *input, const char *fields, const char *expected)
{
    struct run run;
    begin(&run, input, fields);
    go(&run);
    assert_int_equal(run.status, ERR_INVALID);
    if (!strstr(run.err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", run.err.text, expected);
    assert_int_equal(folder_entries(), 0);
    end(&run);
}

static void frames_inside_and_outside_are_planned_and_counted(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP), REGION);
    succeed(&run);
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
    end(&run);
}

static void a_text_makes_its_frames_inside_ones(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP),
          "\"trim\":{\"start\":1},\"texts\":[{\"start\":0.2,\"end\":0.6,\"text\":\"a\",\"x\":9,"
          "\"y\":9}]");
    succeed(&run);
    assert_int_equal(run.recorder.plan.phases[PHASE_PROCESS].classes[0].units, 15);
    assert_int_equal(run.recorder.plan.phases[PHASE_PROCESS].classes[1].units, 10);
    assert_int_equal(run.result.frames, 25);
    end(&run);
}

static void nothing_to_draw_on_a_whole_source_is_a_copy(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP), "\"regions\":[{\"start\":0,\"end\":1}]");
    succeed(&run);
    assert_false(run.recorder.plan.phases[PHASE_ENCODE].present);
    assert_int_equal(run.result.frames, 50);
    end(&run);
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
        succeed(&run);
        assert_true(run.recorder.plan.phases[PHASE_ENCODE].present);
        assert_int_equal(run.result.frames, 25);
        end(&run);
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

static void fire(struct recorder *r)
{
    cancel_fire(r->context);
}

static void a_cancel_ends_it_within_a_second_and_leaves_nothing(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("2s.mp4", CLIP), REGION);
    run.recorder.when = (struct told){.kind = TOLD_REPORT, .phase = PHASE_PROCESS, .done_units = 5};
    run.recorder.act = fire;
    run.recorder.context = run.cancel;
    go(&run);
    assert_int_equal(run.status, ERR_CANCELLED);
    assert_true(run.ended_ns - run.recorder.acted_ns < INT64_C(1000000000));
    assert_int_equal(folder_entries(), 0);
    end(&run);
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
