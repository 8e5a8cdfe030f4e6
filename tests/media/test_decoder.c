// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder.h"

#include <libavutil/imgutils.h>
#include <stdio.h>

#include "clips.h"
#include "media/av.h"
#include "sys/clock.h"
#include "test.h"

#define SOURCE "-f lavfi -i testsrc2=size=160x90:rate=25 "
#define PICTURE SOURCE "-frames:v 60 "
#define LONG                                                                                       \
    "-f lavfi -i testsrc2=size=640x360:rate=25 -frames:v 250 -c:v libx264 -preset ultrafast -b:v " \
    "8M"

enum { MAX_FRAMES = 300 };

struct setup {
    struct clip clip;
    struct reader *reader;
    struct decoder *decoder;
    size_t count;
};

static void set_up(struct setup *s, const char *path, int threads)
{
    struct error err = {0};
    *s = (struct setup){0};
    clip_load(&s->clip, path);
    if (reader_open(&s->clip.source, "clip", NULL, &s->reader, &err) != OK ||
        decoder_open(s->reader, threads, &s->decoder, &err) != OK)
        fail_msg("%s", err.text);
    s->count = (size_t)reader_info(s->reader)->frame_count;
}

static void tear_down(struct setup *s)
{
    decoder_free(s->decoder);
    reader_free(s->reader);
    clip_done(&s->clip);
}

// A number that stands for every sample of frame k.
static uint64_t frame_hash(struct setup *s, size_t k)
{
    AUTO(picture_unref) struct picture *picture = NULL;
    struct error err = {0};
    if (decoder_next(s->decoder, k, &picture, &err) != OK)
        fail_msg("frame %zu: %s", k, err.text);
    assert_int_equal(picture_index(picture), k);
    const AVFrame *frame = picture->frame;
    int bytes = av_image_get_buffer_size(frame->format, frame->width, frame->height, 8);
    uint8_t *samples AUTO(mem_free) = mem_zeroed((size_t)bytes + 8, 1);
    int written = av_image_copy_to_buffer(samples, bytes, (const uint8_t *const *)frame->data,
                                          frame->linesize, frame->format, frame->width,
                                          frame->height, 8);
    assert_int_equal(written, bytes);
    uint64_t hash = 14695981039346656037u; // FNV-1a, eight at once
    for (int i = 0; i < bytes; i += 8) {
        uint64_t eight;
        memcpy(&eight, samples + i, sizeof(eight));
        hash = (hash ^ eight) * 1099511628211u;
    }
    return hash;
}

static void check_seeks(const char *path)
{
    uint64_t linear[MAX_FRAMES];
    struct setup s;
    set_up(&s, path, 1);
    size_t count = s.count;
    assert_in_range(count, 10, MAX_FRAMES);
    for (size_t k = 0; k < count; k++)
        linear[k] = frame_hash(&s, k);
    for (size_t k = 1; k < count; k++)
        assert_true(linear[k] != linear[k - 1]);
    tear_down(&s);

    set_up(&s, path, 2);
    assert_true(frame_hash(&s, count - 1) == linear[count - 1]); // at once to the last
    for (size_t k = count; k-- > 0;)                             // every seek is backwards
        assert_true(frame_hash(&s, k) == linear[k]);
    for (size_t k = 0, jump = 1; k < count; k += jump++) // forward in growing jumps
        assert_true(frame_hash(&s, k) == linear[k]);
    tear_down(&s);
}

static void a_frame_is_the_same_however_it_is_reached(void **state)
{
    (void)state;
    const char *const x264 = PICTURE "-c:v libx264 -preset fast -bf 3 -g 20 -pix_fmt yuv420p ";
    check_seeks(clips_make("b.mp4", x264));
    check_seeks(clips_make("open.mp4", PICTURE "-c:v libx264 -bf 3 -g 12 -x264-params open-gop=1 "
                                               "-pix_fmt yuv420p"));
    check_seeks(clips_make("b.mkv", x264));
    check_seeks(clips_make("b.ts", x264));
    check_seeks(clips_make("frag.mp4", PICTURE "-c:v libx264 -g 15 -pix_fmt yuv420p "
                                               "-movflags frag_keyframe+empty_moov"));
    check_seeks(clips_make("a.avi", PICTURE "-c:v mpeg4 -bf 0 -g 15"));
    check_seeks(clips_make("b.avi", PICTURE "-c:v mpeg4 -bf 2 -g 15"));
    check_seeks(clips_make("mpeg2.ts", PICTURE "-c:v mpeg2video -bf 2 -g 15"));
    check_seeks(clips_make("v.webm", PICTURE "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -g 20 "
                                             "-b:v 200k -deadline realtime"));
    check_seeks(clips_make("ten.mp4", PICTURE "-c:v libx264 -g 20 -pix_fmt yuv420p10le"));
    check_seeks(clips_make("vfr.mp4", PICTURE "-vf \"settb=1/1000,setpts=N*N*10\" -c:v libx264 "
                                              "-bf 2 -g 20 -fps_mode passthrough "
                                              "-enc_time_base 1/1000 -pix_fmt yuv420p"));
    clips_make("whole.mp4", PICTURE "-c:v libx264 -bf 2 -g 25 -pix_fmt yuv420p");
    check_seeks(clips_make("edit.mp4", "-ss 0.6 -i whole.mp4 -c copy"));
}

static void the_sample_clip_can_be_entered_anywhere(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, clips_sample("cockatoo.mp4"), 2);
    assert_int_equal(s.count, 280);
    uint64_t early = frame_hash(&s, 3);
    uint64_t late = frame_hash(&s, 277);
    uint64_t middle = frame_hash(&s, 140);
    assert_true(frame_hash(&s, 277) == late);
    assert_true(frame_hash(&s, 3) == early);
    for (size_t k = 100; k <= 140; k++)
        frame_hash(&s, k);
    assert_true(frame_hash(&s, 140) == middle);
    tear_down(&s);
}

// The clip says in its first packet alone how its 4:4:4 pictures are to be decoded.
static void a_decoder_that_enters_in_the_middle_knows_what_the_first_packet_says(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s, clips_sample("cockatoo.mp4"), 2);
    for (size_t k = 0; k < 200; k += 20)
        frame_hash(&s, k);
    uint64_t linear = frame_hash(&s, 200);
    tear_down(&s);
    set_up(&s, clips_sample("cockatoo.mp4"), 2);
    assert_true(frame_hash(&s, 200) == linear);
    tear_down(&s);
}

static void a_picture_knows_its_time(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s,
           clips_make("b.mkv", PICTURE "-c:v libx264 -preset fast -bf 3 -g 20 -pix_fmt yuv420p "),
           1);
    AUTO(picture_unref) struct picture *picture = NULL;
    assert_int_equal(decoder_next(s.decoder, 37, &picture, NULL), OK);
    assert_near(picture_time_s(picture), 37 / 25.0, 0.0011);
    tear_down(&s); // the picture outlives the decoder
    assert_int_equal(picture_index(picture), 37);
}

static void there_is_no_frame_behind_the_last(void **state)
{
    (void)state;
    struct setup s;
    struct error err = {0};
    struct picture *picture = NULL;
    set_up(&s,
           clips_make("b.mp4", PICTURE "-c:v libx264 -preset fast -bf 3 -g 20 -pix_fmt yuv420p "),
           1);
    assert_int_equal(decoder_next(s.decoder, 60, &picture, &err), ERR_INVALID);
    assert_string_equal(err.text, "clip has 60 frames; there is no frame 61");
    tear_down(&s);
}

static void a_damaged_frame_is_named(void **state)
{
    (void)state;
    struct setup s;
    struct error err = {0};
    // a JPEG without its headers cannot be concealed
    set_up(&s, clips_make("j.mov", PICTURE "-c:v mjpeg -q:v 5"), 1);
    size_t bytes = s.clip.bytes.size;
    memset(s.clip.bytes.data + bytes / 2, 0, bytes / 4);
    enum status status = OK;
    size_t k = 0;
    for (; k < s.count && status == OK; k++) {
        struct picture *picture = NULL;
        status = decoder_next(s.decoder, k, &picture, &err);
        picture_unref(picture);
    }
    assert_int_equal(status, ERR_MEDIA);
    assert_in_range(k, 20, 45);
    char expected[32];
    snprintf(expected, sizeof expected, "clip: frame %zu of 60", k);
    assert_ptr_equal(strstr(err.text, expected), err.text);
    tear_down(&s);
}

static void a_cut_off_stream_is_noticed_at_the_missing_frame(void **state)
{
    (void)state;
    struct setup s;
    struct error err = {0};
    set_up(&s, clips_make("long.mkv", LONG), 1);
    clip_truncate(&s.clip, s.clip.bytes.size / 2); // behind the reader's back
    struct picture *picture = NULL;
    enum status status = OK;
    for (size_t k = 0; k < s.count && status == OK; k++) {
        status = decoder_next(s.decoder, k, &picture, &err);
        if (status == OK)
            picture_unref(picture);
    }
    assert_int_equal(status, ERR_MEDIA);
    assert_non_null(strstr(err.text, "is missing: the file is cut off or damaged"));
    tear_down(&s);
}

static void a_failing_source_is_told_in_its_own_words(void **state)
{
    (void)state;
    struct setup s;
    struct error err = {0};
    set_up(&s, clips_make("long.mkv", LONG), 2);
    s.clip.fail_at_read = s.clip.reads + 2;
    enum status status = OK;
    for (size_t k = 0; k < s.count && status == OK; k++) {
        struct picture *picture = NULL;
        status = decoder_next(s.decoder, k, &picture, &err);
        picture_unref(picture);
    }
    assert_int_equal(status, ERR_UNAVAILABLE);
    assert_string_equal(err.text, "the line is dead");
    tear_down(&s);
}

static void a_cancel_stops_decoding_within_a_second(void **state)
{
    (void)state;
    struct clip clip;
    struct error err = {0};
    struct reader *reader = NULL;
    struct decoder *decoder = NULL;
    struct picture *picture = NULL;
    struct cancel *cancel = cancel_new();
    clip_load(&clip, clips_make("b.mp4",
                                PICTURE "-c:v libx264 -preset fast -bf 3 -g 20 -pix_fmt yuv420p "));
    assert_int_equal(reader_open(&clip.source, "clip", cancel, &reader, &err), OK);
    assert_int_equal(decoder_open(reader, 2, &decoder, &err), OK);
    assert_int_equal(decoder_next(decoder, 5, &picture, &err), OK);
    picture_unref(picture);
    cancel_fire(cancel);
    int64_t start_ns = clock_now_ns();
    assert_int_equal(decoder_next(decoder, 59, &picture, &err), ERR_CANCELLED);
    assert_true(clock_now_ns() - start_ns < 1000000000);
    decoder_free(decoder);
    reader_free(reader);
    cancel_free(cancel);
    clip_done(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_the_same_however_it_is_reached),
        cmocka_unit_test(the_sample_clip_can_be_entered_anywhere),
        cmocka_unit_test(a_decoder_that_enters_in_the_middle_knows_what_the_first_packet_says),
        cmocka_unit_test(a_picture_knows_its_time),
        cmocka_unit_test(there_is_no_frame_behind_the_last),
        cmocka_unit_test(a_damaged_frame_is_named),
        cmocka_unit_test(a_cut_off_stream_is_noticed_at_the_missing_frame),
        cmocka_unit_test(a_failing_source_is_told_in_its_own_words),
        cmocka_unit_test(a_cancel_stops_decoding_within_a_second),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
