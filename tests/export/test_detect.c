// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs in this process, through export_run(), on a clip made for it: nobody is in it, but at
// a threshold of 0 every cell of the network makes a box.
#include "export/detect.h"

#include "../media/clips.h"
#include "../storage/folder.h"
#include "run.h"
#include "storage/sink.h"
#include "vision/model_file.h"

#define MOVING                                                                                     \
    "-f lavfi -i testsrc2=size=322x180:rate=25 -c:v libx264 -preset veryfast -g 25 "               \
    "-pix_fmt yuv420p -t 4"

static void begin(struct run *run, const char *input, const char *fields)
{
    char path[4096];
    if (model_file_find("nanodet", "nanodet", ".json", NULL, path, sizeof(path), NULL) != OK)
        skip();
    run_begin(run, "detect_players", "\"input\":\"%s\"%s", input, fields);
}

static void nobody_there_is_an_empty_list_in_the_order_asked(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", MOVING), ",\"timestamps\":[3.99,0,1.23,0]");
    run_succeed(&run);
#define NOBODY "\"width\":322,\"height\":180,\"detections\":[]}"
    assert_string_equal(run.result.data, "[{\"time\":3.96," NOBODY ",{\"time\":0," NOBODY
                                         ",{\"time\":1.2," NOBODY ",{\"time\":0," NOBODY "]");
    assert_int_equal(run.result.frames, 4);
    assert_int_equal(run.result.bytes, 0);
    const struct recorder *r = &run.recorder;
    assert_int_equal(r->plan.phases[PHASE_PROCESS].total_units, 4);
    assert_int_equal(recorder_ended_at(r, PHASE_PROCESS), 4);
    assert_true(recorder_ended_at(r, PHASE_DOWNLOAD) > 0);
    assert_false(r->plan.phases[PHASE_UPLOAD].present);
    assert_true(recorder_find(r, TOLD_PLAN, PHASE_COUNT) <
                recorder_find(r, TOLD_BEGIN, PHASE_INIT));
    assert_int_equal(folder_entries(), 0);
    run_end(&run);
}

static void an_answer_that_is_long_is_in_the_output_alone(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", MOVING),
          ",\"threshold\":0,\"output\":\"a.json\",\"annotated\":\"a.png\"");
    run_succeed(&run);
    assert_int_equal(strncmp(run.result.data, "{\"frames\":1,\"people\":", 21), 0);
    uint64_t bytes = 0;
    assert_int_equal(object_size(NULL, "a.json", 0, NULL, &bytes, NULL), OK);
    assert_int_equal(bytes, run.result.bytes);
    assert_true(bytes > EVENT_MAX_DATA);
    assert_int_equal(object_size(NULL, "a.png", 0, NULL, &bytes, NULL), OK);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_UPLOAD), bytes + run.result.bytes);
    assert_int_equal(unlink("a.json") | unlink("a.png"), 0);
    assert_int_equal(folder_entries(), 0);
    run_end(&run);
}

static void an_answer_that_is_too_long_asks_for_an_output(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", MOVING), ",\"threshold\":0,\"annotated\":\"a.png\"");
    run_go(&run);
    assert_int_equal(run.status, ERR_LIMIT);
    assert_non_null(strstr(run.err.text, "without an output: name one"));
    assert_int_equal(folder_entries(), 0);
    run_end(&run);
}

static void check_refused(const char *input, const char *fields, enum status status,
                          const char *expected)
{
    struct run run;
    begin(&run, input, fields);
    run_go(&run);
    assert_int_equal(run.status, status);
    if (!strstr(run.err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", run.err.text, expected);
    run_end(&run);
}

static void what_cannot_be_is_named_and_leaves_nothing(void **state)
{
    (void)state;
    char input[256];
    (void)snprintf(input, sizeof(input), "%s", clips_make("4s.mp4", MOVING));
    check_refused(input, ",\"timestamps\":[0,4.2]", ERR_INVALID,
                  "timestamps[1]: 4.2 s lies behind the end of the source, which lasts 4 s");
    check_refused("absent.mp4", "", ERR_NOT_FOUND, "absent.mp4");
    check_refused(input, ",\"output\":\"no/where.json\"", ERR_NOT_FOUND, "no");
    check_refused(input, ",\"annotated\":\"no/where.png\"", ERR_NOT_FOUND, "no");
    assert_int_equal(folder_entries(), 0);
    assert_int_equal(symlink(input, "alias"), 0);
    check_refused(input, ",\"output\":\"alias\"", ERR_INVALID, "output: alias is the input itself");
    check_refused(input, ",\"annotated\":\"alias\"", ERR_INVALID, "annotated: alias is the input");
    assert_int_equal(unlink("alias"), 0);
}

static void missing_weights_are_told(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", MOVING), "");
    const struct export_options options = {
        .spec = run.spec,
        .model_dir = "/nowhere",
        .listener = &run.recorder.listener,
        .cancel = run.cancel,
    };
    assert_int_equal(export_run(&options, &run.result, &run.err), ERR_MODEL);
    assert_non_null(strstr(run.err.text, "/nowhere"));
    run_end(&run);
}

static void a_cancel_at_any_point_stops_it_within_a_second_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct told points[] = {
        {.kind = TOLD_BEGIN, .phase = PHASE_DOWNLOAD},
        {.kind = TOLD_PLAN},
        {.kind = TOLD_BEGIN, .phase = PHASE_INIT},
        {.kind = TOLD_BEGIN, .phase = PHASE_PROCESS},
        {.kind = TOLD_REPORT, .phase = PHASE_PROCESS, .done_units = 2},
    };
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        struct run run;
        begin(&run, clips_make("4s.mp4", MOVING),
              ",\"timestamps\":[0,1,2,3],\"output\":\"a.json\"");
        run_stop_at(&run, points[i]);
        run_until_stopped(&run);
        run_end(&run);
    }
}

static int enter(void **state)
{
    return folder_enter(state) != 0 || clips_begin(NULL) != 0;
}

static int leave(void **state)
{
    return clips_end(NULL) != 0 || folder_leave(state) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_there_is_an_empty_list_in_the_order_asked),
        cmocka_unit_test(an_answer_that_is_long_is_in_the_output_alone),
        cmocka_unit_test(an_answer_that_is_too_long_asks_for_an_output),
        cmocka_unit_test(what_cannot_be_is_named_and_leaves_nothing),
        cmocka_unit_test(missing_weights_are_told),
        cmocka_unit_test(a_cancel_at_any_point_stops_it_within_a_second_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
