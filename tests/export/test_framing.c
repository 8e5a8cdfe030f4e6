// SPDX-License-Identifier: GPL-3.0-or-later
// Whole exports in this process, through export_run(), on a short clip made for it.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../media/clips.h"
#include "../sanitized.h"
#include "../storage/folder.h"
#include "run.h"
#include "storage/sink.h"
#include "vision/upscaler.h"

#define CLIP(seconds)                                                                              \
    "-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 "  \
    "-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac -t " #seconds
#define STILL(width, height)                                                                       \
    "\"keyframes\":[{\"time\":0,\"x\":20,\"y\":10,\"width\":" #width ",\"height\":" #height "}]"
#define FILM "\"output_size\":{\"width\":64,\"height\":96}"
#define TINY STILL(16, 24) ",\"model\":\"animevideov3\"," FILM // the network has work
#define LARGE STILL(64, 96) "," FILM                           // it has not

static void begin(struct run *run, const char *input, const char *fields)
{
    run_begin(run, "framing_ai", "\"input\":\"%s\",\"output\":\"film.mp4\",%s", input, fields);
}

static void need_network(void)
{
    char path[4096];
    if (upscaler_model_find("animevideov3", NULL, path, sizeof(path), NULL) == OK)
        return;
    print_message("# the networks are not there: run make assets\n");
    skip();
}

// ---- what it tells ----

static void the_plan_comes_before_any_frame_and_the_counts_are_the_plans(void **state)
{
    (void)state;
    need_network();
    struct run run;
    begin(&run, clips_make("1s.mp4", CLIP(1)),
          TINY ",\"segments\":[{\"start\":0.2,\"end\":0.4,\"speed\":0.5}]");
    run_make_film(&run);
    const struct recorder *r = &run.recorder;
    int plan = recorder_find(r, TOLD_PLAN, PHASE_COUNT);
    static const enum phase phases[] = {PHASE_INIT, PHASE_UPSCALE, PHASE_ENCODE, PHASE_UPLOAD};
    for (int i = 0; i < 4; i++) {
        assert_true(r->plan.phases[phases[i]].present);
        assert_true(recorder_find(r, TOLD_BEGIN, phases[i]) > plan);
    }
    assert_int_equal(r->plan.phases[PHASE_UPSCALE].total_units, 25);
    assert_int_equal(r->plan.phases[PHASE_ENCODE].total_units, 30);
    assert_int_equal(r->features.frames_upscale, 25);
    assert_int_equal(r->features.frames_output, 30);
    assert_int_equal(r->features.pixels_in, 16 * 24);
    assert_int_equal(r->features.pixels_out, 64 * 96);
    assert_int_equal(recorder_ended_at(r, PHASE_UPSCALE), 25);
    assert_int_equal(recorder_ended_at(r, PHASE_ENCODE), 30);
    assert_true(recorder_ended_at(r, PHASE_DOWNLOAD) > 0);
    assert_true(recorder_ended_at(r, PHASE_UPLOAD) >= run.result.bytes);
    assert_int_equal(recorder_ended_at(r, PHASE_INIT), 0);
    assert_int_equal(run.result.frames, 30);
    assert_near(run.result.duration_s, 1.2, 1e-9);
    run_end(&run);
}

static void where_the_crop_has_the_pixels_the_network_is_not_even_loaded(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("1s.mp4", CLIP(1)), LARGE ",\"model\":\"no-such-network\"");
    run_make_film(&run);
    assert_false(run.recorder.plan.phases[PHASE_UPSCALE].present);
    assert_int_equal(recorder_find(&run.recorder, TOLD_BEGIN, PHASE_INIT), -1);
    assert_int_equal(recorder_find(&run.recorder, TOLD_BEGIN, PHASE_UPSCALE), -1);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_ENCODE), 25);
    run_end(&run);
}

static void frames_with_and_without_work_for_the_network_keep_their_order(void **state)
{
    (void)state;
    need_network();
    struct run run;
    begin(&run, clips_make("1s.mp4", CLIP(1)),
          "\"model\":\"animevideov3\"," FILM
          ",\"keyframes\":[{\"time\":0,\"x\":0,\"y\":0,\"width\":32,\"height\":48},"
          "{\"time\":0.96,\"x\":0,\"y\":0,\"width\":96,\"height\":144}]");
    run_make_film(&run);
    uint64_t enlarged = recorder_ended_at(&run.recorder, PHASE_UPSCALE);
    assert_true(enlarged > 5 && enlarged < 20);
    const struct plan_phase *plan = &run.recorder.plan.phases[PHASE_UPSCALE];
    assert_int_equal(enlarged, plan->total_units);
    assert_true(plan->class_count > 1); // a zoom: larger frames cost more
    uint64_t classed = 0;
    for (int i = 0; i < plan->class_count; i++)
        classed += plan->classes[i].units;
    assert_int_equal(classed, enlarged);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_ENCODE), 25);
    run_end(&run);
}

// ---- how it stops ----

static void a_cancel_at_any_point_stops_it_within_a_second_and_leaves_nothing(void **state)
{
    (void)state;
    need_network();
    static const struct told points[] = {
        {.kind = TOLD_BEGIN, .phase = PHASE_DOWNLOAD},
        {.kind = TOLD_PLAN},
        {.kind = TOLD_BEGIN, .phase = PHASE_UPLOAD},
        {.kind = TOLD_BEGIN, .phase = PHASE_INIT},
        {.kind = TOLD_END, .phase = PHASE_INIT},
        {.kind = TOLD_REPORT, .phase = PHASE_UPSCALE, .done_units = 1},
        {.kind = TOLD_REPORT, .phase = PHASE_UPSCALE, .done_units = 20},
        {.kind = TOLD_END, .phase = PHASE_UPSCALE},
        {.kind = TOLD_REPORT, .phase = PHASE_ENCODE, .done_units = 1},
        {.kind = TOLD_END, .phase = PHASE_DOWNLOAD},
        {.kind = TOLD_END, .phase = PHASE_ENCODE},
    };
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        struct run run;
        begin(&run, clips_make("1s.mp4", CLIP(1)), TINY);
        run_stop_at(&run, points[i]);
        run_until_stopped(&run);
        run_end(&run);
    }
}

static void fill_the_disk(struct recorder *r)
{
    const struct rlimit *before = r->context;
    struct rlimit tight = {.rlim_cur = 8192, .rlim_max = before->rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
}

static void a_sink_that_fails_stops_all_stages_and_is_what_is_told(void **state)
{
    (void)state;
    need_network();
    struct run run;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    begin(&run, clips_make("6s.mp4", CLIP(6)), TINY);
    run.recorder.when = (struct told){.kind = TOLD_REPORT, .phase = PHASE_UPSCALE, .done_units = 3};
    run.recorder.act = fill_the_disk;
    run.recorder.context = &before;
    run_go(&run);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(run.status, ERR_NO_SPACE);
    assert_non_null(strstr(run.err.text, "film.mp4"));
    assert_true(cancel_fired(run.cancel));
    assert_int_equal(folder_entries(), 0);
    run_end(&run);
}

static void cut_the_source(struct recorder *r)
{
    uint64_t bytes = 0;
    assert_int_equal(object_size(NULL, r->context, 0, NULL, &bytes, NULL), OK);
    assert_int_equal(truncate(r->context, (off_t)(bytes / 2)), 0);
}

static void a_source_that_fails_stops_all_stages_and_is_what_is_told(void **state)
{
    (void)state;
    struct run run;
    char input[256];
    (void)snprintf(input, sizeof(input), "%s",
                   clips_make("shrinks.mp4", CLIP(6) " -movflags faststart -crf 1"));
    begin(&run, input, LARGE);
    run.recorder.when = (struct told){.kind = TOLD_PLAN};
    run.recorder.act = cut_the_source;
    run.recorder.context = input;
    run_go(&run);
    assert_int_equal(run.status, ERR_MEDIA);
    assert_true(recorder_find(&run.recorder, TOLD_REPORT, PHASE_ENCODE) >= 0);
    assert_true(cancel_fired(run.cancel));
    assert_int_equal(folder_entries(), 0);
    run_end(&run);
}

static void what_cannot_be_done_is_said_before_it_is_begun(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        enum status status;
        const char *word;
    } cases[] = {
        {LARGE ",\"trim\":{\"start\":50}", ERR_INVALID, "trim.start"},
        {STILL(16, 24) "," FILM ",\"model\":\"no-such-network\"", ERR_MODEL, "no-such-network"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run run;
        begin(&run, clips_make("1s.mp4", CLIP(1)), cases[i].fields);
        run_go(&run);
        assert_int_equal(run.status, cases[i].status);
        assert_non_null(strstr(run.err.text, cases[i].word));
        assert_int_equal(recorder_find(&run.recorder, TOLD_REPORT, PHASE_ENCODE), -1);
        assert_int_equal(folder_entries(), 0);
        run_end(&run);
    }
}

static void the_input_is_never_the_output(void **state)
{
    (void)state;
    struct run run;
    char input[256];
    (void)snprintf(input, sizeof(input), "%s", clips_make("1s.mp4", CLIP(1)));
    uint64_t before = 0;
    uint64_t after = 0;
    assert_int_equal(object_size(NULL, input, 0, NULL, &before, NULL), OK);
    assert_int_equal(symlink(input, "film.mp4"), 0);
    begin(&run, input, LARGE);
    run_go(&run);
    assert_int_equal(run.status, ERR_INVALID);
    assert_int_equal(object_size(NULL, input, 0, NULL, &after, NULL), OK);
    assert_int_equal(after, before);
    assert_int_equal(unlink("film.mp4"), 0);
    run_end(&run);
}

static void a_type_without_a_graph_is_refused(void **state)
{
    (void)state;
    assert_true(export_supported(EXPORT_FRAMING_AI));
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (export_supported((enum export_type)type))
            continue;
        struct run run = {.spec = &(struct spec){.type = (enum export_type)type}};
        const struct export_options options = {.spec = run.spec};
        assert_int_equal(export_run(&options, &run.result, &run.err), ERR_INVALID);
        assert_non_null(strstr(run.err.text, export_info((enum export_type)type)->name));
    }
}

// ---- how much memory it takes (a sanitizer keeps memory of its own) ----
#if !SANITIZED

// Runs the export in a process of its own; returns the most memory it had, in KiB.
static long peak_kib(const char *input)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct run run;
        begin(&run, input, STILL(240, 180) ",\"output_size\":{\"width\":240,\"height\":180}");
        run_go(&run);
        _exit(run.status == OK ? 0 : 1);
    }
    int how = 0;
    struct rusage usage;
    assert_int_equal(wait4(pid, &how, 0, &usage), pid);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    assert_int_equal(unlink("film.mp4"), 0);
    return usage.ru_maxrss;
}

static void memory_does_not_grow_with_the_length_of_the_film(void **state)
{
    (void)state;
    long shorter = peak_kib(clips_make("4s.mp4", CLIP(4)));
    long longer = peak_kib(clips_make("24s.mp4", CLIP(24)));
    print_message("# %ld KiB for 4 s, %ld KiB for 24 s\n", shorter, longer);
    assert_true((double)longer <= 1.1 * (double)shorter);
}

#endif

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
    (void)signal(SIGXFSZ, SIG_IGN); // as the program does
    const struct CMUnitTest tests[] = {
#if !SANITIZED // the first, because it forks: there are no threads yet
        cmocka_unit_test(memory_does_not_grow_with_the_length_of_the_film),
#endif
        cmocka_unit_test(the_plan_comes_before_any_frame_and_the_counts_are_the_plans),
        cmocka_unit_test(where_the_crop_has_the_pixels_the_network_is_not_even_loaded),
        cmocka_unit_test(frames_with_and_without_work_for_the_network_keep_their_order),
        cmocka_unit_test(a_cancel_at_any_point_stops_it_within_a_second_and_leaves_nothing),
        cmocka_unit_test(a_sink_that_fails_stops_all_stages_and_is_what_is_told),
        cmocka_unit_test(a_source_that_fails_stops_all_stages_and_is_what_is_told),
        cmocka_unit_test(what_cannot_be_done_is_said_before_it_is_begun),
        cmocka_unit_test(the_input_is_never_the_output),
        cmocka_unit_test(a_type_without_a_graph_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
