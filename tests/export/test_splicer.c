// SPDX-License-Identifier: GPL-3.0-or-later
// The first clip is white and the second grey, so the brightness of a frame tells the shares.
#include "export/splicer.h"

#include "../storage/folder.h"
#include "media/decoder.h"
#include "media/cropper.h"
#include "recorder.h"
#include "storage/source.h"

enum { SIDE = 64 };

struct making {
    struct recorder recorder;
    struct meter encode, upload;
    struct cancel *cancel;
    struct film_out *film;
    struct splice splice;
    struct splicer splicer;
    struct frame frames[2];
    struct error err;
};

static void begin(struct making *m, enum transition_type type, const uint64_t *frames)
{
    *m = (struct making){0};
    recorder_init(&m->recorder);
    meter_init(&m->encode, &m->recorder.listener, PHASE_ENCODE);
    meter_init(&m->upload, &m->recorder.listener, PHASE_UPLOAD);
    m->cancel = cancel_new();
    const struct transition transition = {type, 0.4};
    assert_int_equal(
        splice_build(transition, (struct rational){25, 1}, frames, 2, &m->splice, &m->err), OK);
    const struct film_out_options options = {
        .output = "film.mp4",
        .film = {.width = SIDE,
                 .height = SIDE,
                 .fps_num = 25,
                 .fps_den = 1,
                 .expected_frames = (int64_t)m->splice.frames,
                 .threads = 1},
        .encode = &m->encode,
        .upload = &m->upload,
        .cancel = m->cancel,
    };
    assert_int_equal(film_out_open(&options, &m->film, &m->err), OK);
    assert_int_equal(
        splicer_init(&m->splicer, &m->splice, m->film, (struct output_size){SIDE, SIDE}, &m->err),
        OK);
    for (int i = 0; i < 2; i++) {
        struct frame *f = &m->frames[i];
        assert_int_equal(image_resize(&f->image, SIDE, SIDE, &m->err), OK);
        for (size_t k = 0; k < f->image.capacity; k++)
            f->image.data[k] = i == 0 ? 1 : 0.5F;
        f->clip = (size_t)i;
        f->repeats = 1;
        f->at = m->splice.places[i].first;
    }
}

// Gives the next frame of clip i.
static void give(struct making *m, int i)
{
    assert_int_equal(splicer_frame(&m->splicer, &m->frames[i], &m->err), OK);
    m->frames[i].at += m->frames[i].repeats;
}

static void end(struct making *m)
{
    splicer_done(&m->splicer);
    film_out_free(m->film);
    splice_done(&m->splice);
    for (int i = 0; i < 2; i++)
        image_done(&m->frames[i].image);
    meter_done(&m->encode);
    meter_done(&m->upload);
    cancel_free(m->cancel);
    recorder_done(&m->recorder);
}

// Finishes the film and reads the brightness of its frames, 0 to 1.
static void finish(struct making *m, double *brightness)
{
    struct film_result result;
    assert_int_equal(splicer_check(&m->splicer, &m->err), OK);
    assert_int_equal(film_out_finish(m->film, &result, &m->err), OK);
    assert_int_equal(result.frames, m->splice.frames);
    AUTO(source_free) struct source *source = NULL;
    AUTO(reader_free) struct reader *reader = NULL;
    AUTO(decoder_free) struct decoder *decoder = NULL;
    AUTO(cropper_free) struct cropper *cropper = cropper_new();
    struct image image = {0};
    assert_int_equal(source_open(NULL, "film.mp4", NULL, &source, &m->err), OK);
    assert_int_equal(reader_open(source_bytes(source), "film.mp4", NULL, &reader, &m->err), OK);
    assert_int_equal(decoder_open(reader, 1, &decoder, &m->err), OK);
    const struct crop_wish wish = {{0, 0, SIDE, SIDE}, 0, 8, 8};
    for (size_t k = 0; k < m->splice.frames; k++) {
        AUTO(picture_unref) struct picture *picture = NULL;
        assert_int_equal(decoder_next(decoder, k, &picture, &m->err), OK);
        assert_int_equal(cropper_cut(cropper, picture, &wish, &image, &m->err), OK);
        brightness[k] = image_row(&image, 1, 4)[4];
    }
    image_done(&image);
    assert_int_equal(unlink("film.mp4"), 0);
}

static void near(double is, double expected)
{
    if (is < expected - 0.012 || is > expected + 0.012) // 2 to 3 of 255 steps
        fail_msg("%g, not %g", is, expected);
}

static void a_cut_goes_from_one_frame_to_the_next(void **state)
{
    (void)state;
    static const uint64_t frames[] = {15, 10};
    double brightness[25];
    struct making m;
    begin(&m, TRANSITION_CUT, frames);
    m.frames[0].repeats = 5;
    for (int i = 0; i < 3; i++)
        give(&m, 0);
    for (int i = 0; i < 10; i++)
        give(&m, 1);
    finish(&m, brightness);
    for (int k = 0; k < 25; k++)
        near(brightness[k], k < 15 ? 1 : 0.5);
    end(&m);
}

static void a_dissolve_mixes_as_soon_as_both_are_there(void **state)
{
    (void)state;
    static const uint64_t frames[] = {20, 20};
    double brightness[30];
    struct making m;
    begin(&m, TRANSITION_DISSOLVE, frames); // 10 frames overlap
    for (int i = 0; i < 10; i++)
        give(&m, 0);
    assert_int_equal(m.splicer.next, 10);
    for (uint64_t i = 10; i < 20; i++) {
        give(&m, 0);
        assert_int_equal(m.splicer.next, i); // its partner is missing
        give(&m, 1);
        assert_int_equal(m.splicer.next, i + 1);
    }
    m.frames[1].repeats = 10;
    give(&m, 1);
    finish(&m, brightness);
    for (int k = 0; k < 30; k++) {
        double share = k < 10 ? 1 : k < 20 ? 1 - (k - 10 + 0.5) / 10 : 0;
        near(brightness[k], share + 0.5 * (1 - share));
    }
    end(&m);
}

static void a_fade_is_black_in_the_middle(void **state)
{
    (void)state;
    static const uint64_t frames[] = {20, 20};
    double brightness[40];
    struct making m;
    begin(&m, TRANSITION_FADE, frames); // 5 frames a side
    for (int i = 0; i < 20; i++)
        give(&m, 0);
    for (int i = 0; i < 20; i++)
        give(&m, 1);
    finish(&m, brightness);
    near(brightness[14], 1);
    near(brightness[15], 0.8);
    near(brightness[19], 0);
    near(brightness[20], 0);
    near(brightness[24], 0.5 * 0.8);
    near(brightness[25], 0.5);
    end(&m);
}

static void missing_frames_are_told(void **state)
{
    (void)state;
    static const uint64_t frames[] = {20, 20};
    struct making m;
    begin(&m, TRANSITION_CUT, frames);
    give(&m, 0);
    assert_int_equal(splicer_check(&m.splicer, &m.err), ERR_INTERNAL);
    assert_non_null(strstr(m.err.text, "1 of its 40 frames"));
    end(&m);
    assert_int_equal(folder_entries(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_goes_from_one_frame_to_the_next),
        cmocka_unit_test(a_dissolve_mixes_as_soon_as_both_are_there),
        cmocka_unit_test(a_fade_is_black_in_the_middle),
        cmocka_unit_test(missing_frames_are_told),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
