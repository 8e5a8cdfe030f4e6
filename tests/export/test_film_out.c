// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/film_out.h"

#include <signal.h>
#include <sys/resource.h>

#include "../storage/folder.h"
#include "job/timeline.h"
#include "media/reader.h"
#include "media/scaler.h"
#include "recorder.h"
#include "storage/sink.h"
#include "storage/source.h"

enum { SIDE = 64, RATE = 48000 };

// A film on its way out, with what it borrows.
struct making {
    struct recorder recorder;
    struct meter encode, upload;
    struct cancel *cancel;
    struct image image;
    struct film_out *out;
    struct error err;
};

static void begin(struct making *m)
{
    *m = (struct making){0};
    recorder_init(&m->recorder);
    meter_init(&m->encode, &m->recorder.listener, PHASE_ENCODE);
    meter_init(&m->upload, &m->recorder.listener, PHASE_UPLOAD);
    m->cancel = cancel_new();
    assert_int_equal(image_resize(&m->image, SIDE, SIDE, &m->err), OK);
    for (size_t i = 0; i < m->image.capacity; i++)
        m->image.data[i] = (float)(i % 97) / 96;
}

static void end(struct making *m)
{
    film_out_free(m->out);
    meter_done(&m->encode);
    meter_done(&m->upload);
    image_done(&m->image);
    cancel_free(m->cancel);
    recorder_done(&m->recorder);
}

static enum status open_film(struct making *m, const char *output, int64_t frames,
                             struct audio_track *sound)
{
    const struct film_out_options options = {
        .output = output,
        .film = {.width = SIDE,
                 .height = SIDE,
                 .fps_num = 25,
                 .fps_den = 1,
                 .expected_frames = frames,
                 .has_audio = sound != NULL,
                 .sample_rate = RATE,
                 .channels = 1,
                 .threads = 1},
        .sound = sound,
        .encode = &m->encode,
        .upload = &m->upload,
        .cancel = m->cancel,
    };
    return film_out_open(&options, &m->out, &m->err);
}

static void images(struct making *m, int count, uint32_t repeats)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(film_out_image(m->out, &m->image, repeats, &m->err), OK);
}

static struct media_info look_at(const char *path)
{
    struct error err;
    struct source *source AUTO(source_free) = NULL;
    struct reader *reader AUTO(reader_free) = NULL;
    struct frame_times times = {0};
    assert_int_equal(source_open(NULL, path, NULL, &source, &err), OK);
    assert_int_equal(reader_open(source_bytes(source), path, NULL, &reader, &err), OK);
    assert_int_equal(reader_frame_times(reader, &times, &err), OK);
    frame_times_done(&times);
    return *reader_info(reader);
}

static void images_become_a_film_of_that_many_pictures(void **state)
{
    (void)state;
    struct making m;
    struct film_result result;
    begin(&m);
    assert_int_equal(open_film(&m, "film.mp4", 30, NULL), OK);
    images(&m, 10, 1);
    images(&m, 10, 2);
    assert_int_equal(folder_entries(), 0); // nothing is seen of it yet
    assert_int_equal(film_out_finish(m.out, &result, &m.err), OK);
    assert_int_equal(result.frames, 30);
    assert_int_equal(recorder_ended_at(&m.recorder, PHASE_ENCODE), 30);
    uint64_t bytes = 0;
    assert_int_equal(object_size(NULL, "film.mp4", 0, NULL, &bytes, &m.err), OK);
    assert_int_equal(bytes, result.bytes);
    assert_true(recorder_ended_at(&m.recorder, PHASE_UPLOAD) >= bytes);
    assert_int_equal(recorder_total(&m.recorder, PHASE_UPLOAD), bytes);
    recorder_check(&m.recorder);
    struct media_info info = look_at("film.mp4");
    assert_int_equal(info.frame_count, 30);
    assert_int_equal(info.width, SIDE);
    assert_false(info.has_audio);
    end(&m);
    assert_int_equal(folder_entries(), 1);
    assert_int_equal(unlink("film.mp4"), 0);
}

// A tape that counts what is read of it.
struct counting_tape {
    struct audio_tape tape;
    size_t samples;
};

static enum status seek_nowhere(struct audio_tape *self, double start_s, struct error *err)
{
    (void)self, (void)start_s, (void)err;
    return OK;
}

static enum status read_silence(struct audio_tape *self, float *dst, size_t n, struct error *err)
{
    (void)err;
    memset(dst, 0, n * sizeof(*dst));
    ((struct counting_tape *)self)->samples += n;
    return OK;
}

static void a_picture_is_encoded_as_an_image_is(void **state)
{
    (void)state;
    struct film_result result[2];
    for (int i = 0; i < 2; i++) {
        struct making m;
        begin(&m);
        struct scaler *scaler AUTO(scaler_free) = NULL;
        struct picture *picture AUTO(picture_unref) = NULL;
        assert_int_equal(scaler_new(SIDE, SIDE, &scaler, &m.err), OK);
        assert_int_equal(scaler_picture(scaler, &m.image, &picture, &m.err), OK);
        assert_int_equal(open_film(&m, "film.mp4", 12, NULL), OK);
        if (i == 0)
            images(&m, 6, 2);
        for (int k = 0; i > 0 && k < 6; k++)
            assert_int_equal(film_out_picture(m.out, picture, 2, &m.err), OK);
        assert_int_equal(film_out_finish(m.out, &result[i], &m.err), OK);
        assert_int_equal(recorder_ended_at(&m.recorder, PHASE_ENCODE), 12);
        recorder_check(&m.recorder);
        end(&m);
    }
    assert_int_equal(result[1].frames, 12);
    assert_int_equal(result[0].bytes, result[1].bytes);
}

static void the_sound_keeps_step_with_the_pictures(void **state)
{
    (void)state;
    struct making m;
    struct film_result result;
    struct counting_tape tape = {.tape = {seek_nowhere, read_silence}};
    const struct timeline_piece piece = {.source_end_s = 2, .speed = 1, .output_duration_s = 2};
    const struct audio_track_options options = {
        .pieces = &piece, .piece_count = 1, .duration_s = 2, .rate_hz = RATE, .channels = 1};
    struct audio_track *track AUTO(audio_track_free) = NULL;
    begin(&m);
    assert_int_equal(audio_track_new(&tape.tape, &options, &track, &m.err), OK);
    assert_int_equal(open_film(&m, "film.mp4", 50, track), OK);
    for (int i = 1; i <= 50; i++) {
        images(&m, 1, 1);
        size_t shown = (size_t)i * RATE / 25;
        assert_true(tape.samples >= shown);
        assert_true(tape.samples <= shown + 8192); // never far ahead: memory stays small
    }
    assert_int_equal(film_out_finish(m.out, &result, &m.err), OK);
    struct media_info info = look_at("film.mp4");
    assert_true(info.has_audio);
    assert_int_equal(info.audio_rate_hz, RATE);
    end(&m);
    assert_int_equal(unlink("film.mp4"), 0);
}

static void a_film_that_is_not_finished_leaves_nothing(void **state)
{
    (void)state;
    struct making m;
    begin(&m);
    assert_int_equal(open_film(&m, "film.mp4", 30, NULL), OK);
    images(&m, 20, 1);
    end(&m);
    assert_int_equal(folder_entries(), 0);
}

static void a_cancel_at_the_last_moment_leaves_nothing(void **state)
{
    (void)state;
    struct making m;
    struct film_result result;
    begin(&m);
    assert_int_equal(open_film(&m, "film.mp4", 30, NULL), OK);
    images(&m, 30, 1);
    cancel_fire(m.cancel);
    assert_int_equal(film_out_finish(m.out, &result, &m.err), ERR_CANCELLED);
    end(&m);
    assert_int_equal(folder_entries(), 0);
}

static void a_disk_that_fills_up_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    struct making m;
    struct film_result result;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit tight = {.rlim_cur = 8192, .rlim_max = before.rlim_max};
    begin(&m);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum status status = open_film(&m, "film.mp4", 300, NULL);
    for (int i = 0; status == OK && i < 300; i++)
        status = film_out_image(m.out, &m.image, 1, &m.err);
    if (status == OK)
        status = film_out_finish(m.out, &result, &m.err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, ERR_NO_SPACE);
    assert_non_null(strstr(m.err.text, "film.mp4"));
    end(&m);
    assert_int_equal(folder_entries(), 0);
}

static void a_place_that_cannot_be_written_is_named_at_once(void **state)
{
    (void)state;
    struct making m;
    begin(&m);
    assert_int_equal(open_film(&m, "no/folder/film.mp4", 30, NULL), ERR_NOT_FOUND);
    assert_null(m.out);
    assert_non_null(strstr(m.err.text, "no/folder"));
    assert_int_equal(m.recorder.count, 0);
    end(&m);
}

int main(void)
{
    (void)signal(SIGXFSZ, SIG_IGN); // as the program does
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_become_a_film_of_that_many_pictures),
        cmocka_unit_test(a_picture_is_encoded_as_an_image_is),
        cmocka_unit_test(the_sound_keeps_step_with_the_pictures),
        cmocka_unit_test(a_film_that_is_not_finished_leaves_nothing),
        cmocka_unit_test(a_cancel_at_the_last_moment_leaves_nothing),
        cmocka_unit_test(a_disk_that_fills_up_is_told_and_leaves_nothing),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named_at_once),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
