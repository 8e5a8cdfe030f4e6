// SPDX-License-Identifier: GPL-3.0-or-later
// Whole exports in this process, through export_run(), on a clip made for it.
#include <stdio.h>

#include "../media/clips.h"
#include "../storage/folder.h"
#include "run.h"
#include "storage/sink.h"

#define CLIP                                                                                       \
    "-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 "  \
    "-c:v libx264 -preset veryfast -g 25 -bf 0 -pix_fmt yuv420p -c:a aac -t 4 "
#define DAMAGED CLIP "-bsf:v noise=amount='if(between(n\\,50\\,56)\\,1\\,0)'"

static void begin(struct run *run, const char *input, const char *clips)
{
    run_begin(run, "annotate_compilation",
              "\"input\":\"%s\",\"output\":\"film.mp4\",\"clips\":[%s]", input, clips);
}

static void end(struct run *run)
{
    run_end(run);
    (void)unlink("film.mp4");
    (void)unlink("film.tsv");
}

static int notes(const struct run *run)
{
    int n = 0;
    for (int i = 0; i < run->recorder.count; i++)
        n += run->recorder.told[i].kind == TOLD_NOTE;
    return n;
}

static void succeed(struct run *run, int64_t frames, const char *data)
{
    uint64_t bytes = 0;
    run_succeed(run);
    assert_int_equal(run->result.frames, frames);
    assert_string_equal(run->result.data, data);
    assert_int_equal(object_size(NULL, "film.mp4", 0, NULL, &bytes, NULL), OK);
    assert_int_equal(bytes, run->result.bytes);
    assert_int_equal(object_size(NULL, "film.tsv", 0, NULL, &bytes, NULL), OK);
    assert_int_equal(folder_entries(), 2);
}

static void a_film_and_its_table_are_stored(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", CLIP),
          "{\"start\":0,\"end\":1,\"name\":\"one\"},{\"start\":1,\"end\":2},{\"start\":3,\"end\":3."
          "2}");
    succeed(&run, 55, "{\"clips\":3,\"skipped_count\":0,\"skipped\":[]}");
    const struct recorder *r = &run.recorder;
    assert_int_equal(r->plan.phases[PHASE_PROCESS].total_units, 55);
    assert_int_equal(r->plan.phases[PHASE_PROCESS].items, 3);
    assert_false(r->plan.phases[PHASE_MERGE].present);
    assert_int_equal(recorder_ended_at(r, PHASE_PROCESS), 55);
    assert_true(recorder_ended_at(r, PHASE_UPLOAD) >= run.result.bytes); // its head twice
    assert_int_equal(notes(&run), 0);
    end(&run);
}

static void a_clip_behind_the_end_is_skipped_and_told(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", CLIP), "{\"start\":9,\"end\":10},{\"start\":1,\"end\":2}");
    succeed(&run, 25,
            "{\"clips\":1,\"skipped_count\":1,\"skipped\":[{\"clip\":1,\"reason\":"
            "\"it starts at 9 s, behind the end of the source (4 s)\"}]}");
    assert_int_equal(notes(&run), 1);
    end(&run);
}

static void damaged_clips_are_skipped_and_the_film_is_made_of_the_rest(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("damaged.mp4", DAMAGED),
          "{\"start\":0,\"end\":0.4},{\"start\":1.8,\"end\":2.2},{\"start\":3,\"end\":3.4},"
          "{\"start\":2,\"end\":2.1}");
    run_succeed(&run);
    assert_int_equal(run.result.frames, 20);
    assert_non_null(strstr(run.result.data, "{\"clips\":2,\"skipped_count\":2,"));
    // 15 frames were drawn for nothing (0.3 each) and 10 tried (8 for one): that is work too.
    assert_int_equal(run.recorder.plan.phases[PHASE_PROCESS].total_units, 4 + 1 + 20);
    assert_int_equal(recorder_ended_at(&run.recorder, PHASE_PROCESS), 25);
    assert_int_equal(notes(&run), 2);
    assert_int_equal(folder_entries(), 2);
    end(&run);
}

static void many_skipped_clips_are_counted_where_they_do_not_fit(void **state)
{
    (void)state;
    struct run run;
    struct buffer clips BUFFER_AUTO;
    buffer_init(&clips, 2000);
    buffer_text(&clips, "{\"start\":1,\"end\":2}");
    for (int i = 0; i < 40; i++)
        buffer_text(&clips, ",{\"start\":9,\"end\":10}");
    begin(&run, clips_make("4s.mp4", CLIP), clips.data);
    run_succeed(&run);
    assert_non_null(strstr(run.result.data, "\"skipped_count\":40,"));
    assert_string_equal(run.result.data + strlen(run.result.data) - 3, "}]}");
    assert_int_equal(notes(&run), 11);
    end(&run);
}

static void when_no_clip_can_be_read_nothing_is_stored(void **state)
{
    (void)state;
    struct run run;
    begin(&run, clips_make("4s.mp4", CLIP), "{\"start\":9,\"end\":10},{\"start\":5,\"end\":6}");
    run_fail(&run, ERR_MEDIA, "none of the 2 clips can be read");
    end(&run);
    begin(&run, clips_make("damaged.mp4", DAMAGED), "{\"start\":2,\"end\":2.2}");
    run_fail(&run, ERR_MEDIA, "frame 51 of 100");
    end(&run);
}

static void a_cancel_stops_within_a_second_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct told moments[] = {
        {.kind = TOLD_PLAN},
        {.kind = TOLD_REPORT, .phase = PHASE_PROCESS, .done_units = 1},
        {.kind = TOLD_REPORT, .phase = PHASE_PROCESS, .done_units = 180},
    };
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        struct run run;
        begin(&run, clips_make("4s.mp4", CLIP), "{\"start\":0,\"end\":4},{\"start\":0,\"end\":4}");
        run_stop_at(&run, moments[i]);
        run_until_stopped(&run);
        end(&run);
    }
}

static void a_table_that_would_replace_the_source_is_refused(void **state)
{
    (void)state;
    struct run run;
    char command[2048];
    (void)snprintf(command, sizeof(command), "cp '%s' film.tsv", clips_make("4s.mp4", CLIP));
    assert_int_equal(system(command), 0);
    begin(&run, "film.tsv", "{\"start\":0,\"end\":1}");
    run_go(&run);
    assert_int_equal(run.status, ERR_INVALID);
    assert_non_null(strstr(run.err.text, "output: its table"));
    end(&run);
}

static int enter(void **state)
{
    return clips_begin(state) || folder_enter(state);
}

static int leave(void **state)
{
    return folder_leave(state) || clips_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_and_its_table_are_stored),
        cmocka_unit_test(a_clip_behind_the_end_is_skipped_and_told),
        cmocka_unit_test(damaged_clips_are_skipped_and_the_film_is_made_of_the_rest),
        cmocka_unit_test(many_skipped_clips_are_counted_where_they_do_not_fit),
        cmocka_unit_test(when_no_clip_can_be_read_nothing_is_stored),
        cmocka_unit_test(a_cancel_stops_within_a_second_and_leaves_nothing),
        cmocka_unit_test(a_table_that_would_replace_the_source_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
