// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bench_clip.h"

#include "../storage/folder.h"
#include "media/reader.h"
#include "storage/source.h"
#include "test.h"

static const struct bench_clip small = {.width = 160, .height = 90, .fps = 10, .frames = 12};

static void a_clip_is_a_film_as_long_as_was_asked_for(void **state)
{
    (void)state;
    struct error err = {0};
    struct source *source AUTO(source_free) = NULL;
    struct reader *reader AUTO(reader_free) = NULL;
    if (bench_clip_make(&small, "a.mp4", NULL, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(source_open(NULL, "a.mp4", NULL, &source, &err), OK);
    assert_int_equal(reader_open(source_bytes(source), "a.mp4", NULL, &reader, &err), OK);
    const struct media_info *info = reader_info(reader);
    assert_true(info->width == 160 && info->height == 90);
    assert_int_equal(info->frame_count, 12);
    assert_true(info->duration_s > 1.19 && info->duration_s < 1.21 && info->has_audio);
}

static void count(void *context, int frames)
{
    *(int *)context = frames;
}

static void each_frame_is_told(void **state)
{
    (void)state;
    int told = 0;
    struct bench_clip clip = small;
    clip.on_frame = count;
    clip.context = &told;
    assert_int_equal(bench_clip_make(&clip, "b.mp4", NULL, NULL), OK);
    assert_int_equal(told, 12);
}

static void a_cancelled_clip_leaves_nothing(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    cancel_fire(cancel);
    int before = folder_entries();
    assert_int_equal(bench_clip_make(&small, "c.mp4", cancel, NULL), ERR_CANCELLED);
    assert_int_equal(folder_entries(), before);
}

static void a_folder_that_is_missing_is_named(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(bench_clip_make(&small, "no/d.mp4", NULL, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no/d.mp4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_is_a_film_as_long_as_was_asked_for),
        cmocka_unit_test(each_frame_is_told),
        cmocka_unit_test(a_cancelled_clip_leaves_nothing),
        cmocka_unit_test(a_folder_that_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
