// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/remux.h"

#include <math.h>

#include "clips.h"
#include "film_check.h"
#include "media/av_input.h"
#include "media/decoder.h"
#include "test.h"

// ---- what a file holds ----

struct found_packet {
    bool sound, key, hidden;
    double pts_s;
    uint64_t hash;
};

struct found {
    struct found_packet *packets;
    size_t count;
    double start_s[2]; // of the streams, as libav says: picture, sound
};

// FNV-1a
static uint64_t hash_of(const uint8_t *bytes, int n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void list_packets(struct clip *clip, struct found *ret)
{
    struct error err = {0};
    struct av_input input;
    *ret = (struct found){0};
    assert_int_equal(av_input_open(&input, &clip->source, "list", NULL, &err), OK);
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    bool at_end = false;
    while (av_input_read(&input, packet, &at_end, &err) == OK && !at_end) {
        const AVStream *s = input.format->streams[packet->stream_index];
        ret->packets = mem_resize(ret->packets, ret->count + 1, sizeof(*ret->packets));
        ret->packets[ret->count++] = (struct found_packet){
            .sound = packet->stream_index == input.audio,
            .key = packet->flags & AV_PKT_FLAG_KEY,
            .hidden = packet->flags & AV_PKT_FLAG_DISCARD,
            .pts_s = (double)packet->pts * av_q2d(s->time_base),
            .hash = hash_of(packet->data, packet->size),
        };
    }
    av_input_close(&input);
}

// ---- one copy ----

struct copied {
    struct remux_plan plan;
    struct remux_result result;
    struct clip clip; // the film
    struct record_sink sink;
};

static enum status try_copy(struct clip *source, const struct remux_options *options,
                            struct copied *ret, struct error *err)
{
    struct reader *reader AUTO(reader_free) = NULL;
    struct remux *remux AUTO(remux_free) = NULL;
    *ret = (struct copied){0};
    record_sink_init(&ret->sink);
    assert_int_equal(reader_open(&source->source, "game", source->cancel, &reader, err), OK);
    enum status status = remux_open(reader, options, &remux, err);
    if (status != OK)
        return status;
    ret->plan = *remux_plan(remux);
    status = remux_run(remux, &ret->sink.sink, &ret->result, err);
    if (status != OK)
        return status;
    assert_int_equal(ret->result.bytes, ret->sink.size);
    clip_text(&ret->clip, (const char *)ret->sink.bytes, (size_t)ret->sink.size);
    return OK;
}

static void copy(struct clip *source, const struct remux_options *options, struct copied *ret)
{
    struct error err = {0};
    enum status status = try_copy(source, options, ret, &err);
    if (status != OK)
        fail_msg("%s", err.text);
}

static void copied_done(struct copied *copied)
{
    clip_done(&copied->clip);
    record_sink_done(&copied->sink);
}

// Is there the same packet, moved_s later? Silence repeats, so bytes alone do not tell.
static bool has_packet(const struct found *in, const struct found_packet *p, double moved_s)
{
    for (size_t i = 0; i < in->count; i++) {
        if (in->packets[i].sound == p->sound && in->packets[i].hash == p->hash &&
            fabs(in->packets[i].pts_s - p->pts_s - moved_s) < 0.002)
            return true;
    }
    return false;
}

// How many packets of the copy are not the source's, bit for bit, all moved by the same time.
static int foreign_packets(const struct found *copy, const struct found *source, double moved_s)
{
    int foreign = 0;
    for (size_t i = 0; i < copy->count; i++)
        foreign += !has_packet(source, &copy->packets[i], moved_s);
    return foreign;
}

// How many packets the edit list hides from those who watch.
static int hidden(const struct found *in)
{
    int n = 0;
    for (size_t i = 0; i < in->count; i++)
        n += in->packets[i].hidden;
    return n;
}

// The frames that a decoder shows of `film` are those of `source` from frame `first` on.
static void assert_same_pictures(struct clip *film, struct clip *source, size_t first, size_t count,
                                 double min_psnr)
{
    struct error err = {0};
    struct reader *readers[2] = {NULL, NULL};
    struct decoder *decoders[2] = {NULL, NULL};
    struct clip *clips[] = {film, source};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reader_open(&clips[i]->source, "compare", NULL, &readers[i], &err), OK);
        assert_int_equal(decoder_open(readers[i], 1, &decoders[i], &err), OK);
    }
    assert_int_equal(reader_info(readers[0])->frame_count, count);
    for (size_t i = 0; i < count; i++) {
        struct picture *pictures[2] = {NULL, NULL};
        for (int k = 0; k < 2; k++) {
            if (decoder_next(decoders[k], k ? first + i : i, &pictures[k], &err) != OK)
                fail_msg("frame %zu: %s", i, err.text);
        }
        const AVFrame *a = pictures[0]->frame;
        const AVFrame *b = pictures[1]->frame;
        double square = 0;
        assert_true(a->width == b->width && a->height == b->height && a->format == b->format);
        for (int y = 0; y < a->height; y++) {
            for (int x = 0; x < a->width; x++) {
                double d = a->data[0][y * a->linesize[0] + x] - b->data[0][y * b->linesize[0] + x];
                square += d * d;
            }
        }
        square /= (double)a->width * a->height;
        double psnr = square > 0 ? 10 * log10(255 * 255 / square) : 99;
        if (psnr < min_psnr)
            fail_msg("frame %zu is not the source's: %.1f dB", i, psnr);
        picture_unref(pictures[0]);
        picture_unref(pictures[1]);
    }
    for (int i = 0; i < 2; i++) {
        decoder_free(decoders[i]);
        reader_free(readers[i]);
    }
}

// ---- material: 10 s at 25 frames a second, a keyframe every 2 s, B-frames, sound ----

#define TEN_SECONDS                                                                                \
    "-f lavfi -i testsrc2=size=160x120:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 "  \
    "-t 10 "
#define X264                                                                                       \
    "-c:v libx264 -preset fast -g 50 -keyint_min 50 -sc_threshold 0 -bf 3 -pix_fmt yuv420p "

struct material {
    const char *file, *args;
    double offset_s; // of the keyframe before 5 s; 0: not known
    double slack_s;  // how exactly the container keeps times
};

static const struct material materials[] = {
    {"a.mp4", TEN_SECONDS X264 "-c:a aac", 1, 0.0001},
    {"a.mov", TEN_SECONDS X264 "-c:a aac", 1, 0.0001},
    {"a.mkv", TEN_SECONDS X264 "-c:a aac", 1, 0.001},
    {"a.ts", TEN_SECONDS X264 "-c:a aac", 1, 0.0001},
    {"noB.avi", TEN_SECONDS "-c:v libx264 -g 50 -bf 0 -pix_fmt yuv420p -c:a mp3", 0, 0.0001},
    {"hevc.mp4",
     TEN_SECONDS "-c:v libx265 -x265-params log-level=none:keyint=50 -c:a aac -tag:v hvc1", 1,
     0.0001},
    {"open.mp4", TEN_SECONDS X264 "-x264-params open-gop=1 -c:a aac", 1, 0.0001},
    {"fps.mp4", TEN_SECONDS "-vf fps=30000/1001 " X264 "-c:a aac", 0, 0.0001},
};
// The frames of a source that are on screen from start_s to end_s.
struct range {
    size_t first, count;
    double start_s, duration_s;
    double origin_s; // the container's time of the first frame
};

static struct range range_of(struct clip *source, double start_s, double end_s)
{
    struct error err = {0};
    struct reader *reader AUTO(reader_free) = NULL;
    struct frame_times times;
    struct range range = {0};
    assert_int_equal(reader_open(&source->source, "times", NULL, &reader, &err), OK);
    assert_int_equal(reader_frame_times(reader, &times, &err), OK);
    while (range.first + 1 < times.count && times.start_s[range.first + 1] <= start_s + 1e-6)
        range.first++;
    size_t end = range.first;
    while (end < times.count && times.start_s[end] < end_s - 1e-6)
        end++;
    range.count = end - range.first;
    range.start_s = times.start_s[range.first];
    range.duration_s = (end < times.count ? times.start_s[end] : times.end_s) - range.start_s;
    range.origin_s = reader_info(reader)->origin_s;
    frame_times_done(&times);
    return range;
}

enum { MATERIALS = sizeof(materials) / sizeof(materials[0]) };

static void the_range_is_shown_exactly_and_copied_bit_for_bit(void **state)
{
    (void)state;
    for (int m = 0; m < MATERIALS; m++) {
        struct clip source;
        struct found before;
        struct found after;
        struct copied copied;
        print_message("# %s\n", materials[m].file);
        clip_load(&source, clips_make(materials[m].file, materials[m].args));
        const struct remux_options options = {
            .has_start = true, .start_s = 5, .has_end = true, .end_s = 7.4, .audio = true};
        copy(&source, &options, &copied);
        struct range range = range_of(&source, 5, 7.4);
        assert_int_equal(copied.result.frames, range.count);
        assert_near(copied.result.duration_s, range.duration_s, 2 * materials[m].slack_s);
        assert_near(copied.plan.start_s, range.start_s, materials[m].slack_s);
        if (materials[m].offset_s > 0)
            assert_near(copied.plan.keyframe_offset_s, materials[m].offset_s, 0.001);
        list_packets(&source, &before);
        list_packets(&copied.clip, &after);
        // In MPEG-TS and AVI units are told apart by start codes, in MP4 by lengths.
        if (!strstr(materials[m].file, ".ts") && !strstr(materials[m].file, ".avi"))
            assert_int_equal(foreign_packets(&after, &before, range.start_s + range.origin_s), 0);
        assert_same_pictures(&copied.clip, &source, range.first, range.count, 98);
        free(before.packets);
        free(after.packets);
        copied_done(&copied);
        clip_done(&source);
    }
}

static void without_a_range_every_packet_is_copied(void **state)
{
    (void)state;
    static const char *const files[] = {"a.mp4", "a.mkv", "open.mp4", "noB.mp4"};
    // Its sound begins before its picture, with the encoder's priming, which nobody hears.
    (void)clips_make("noB.mp4",
                     TEN_SECONDS "-c:v libx264 -preset fast -bf 0 -pix_fmt yuv420p -c:a aac");
    for (int i = 0; i < 4; i++) {
        struct clip source;
        struct found before;
        struct found after;
        struct copied copied;
        const struct remux_options options = {.audio = true};
        clip_load(&source, clips_path(files[i]));
        copy(&source, &options, &copied);
        list_packets(&source, &before);
        list_packets(&copied.clip, &after);
        assert_int_equal(after.count, before.count);
        assert_int_equal(foreign_packets(&after, &before, range_of(&source, 0, 1).origin_s), 0);
        assert_int_equal(hidden(&after), 1); // the priming
        assert_int_equal(copied.result.frames, 250);
        assert_near(copied.result.duration_s, 10, 0.002);
        assert_near(copied.plan.keyframe_offset_s, 0, 0);
        assert_same_pictures(&copied.clip, &source, 0, 250, 98);
        free(before.packets);
        free(after.packets);
        copied_done(&copied);
        clip_done(&source);
    }
}

static void the_index_stands_in_front_and_is_written_once(void **state)
{
    (void)state;
    struct clip source;
    struct copied copied;
    const struct remux_options options = {.has_start = true, .start_s = 3, .audio = true};
    clip_load(&source, clips_path("a.mp4"));
    copy(&source, &options, &copied);
    const uint8_t *moov = memmem(copied.sink.bytes, (size_t)copied.sink.size, "moov", 4);
    const uint8_t *mdat = memmem(copied.sink.bytes, (size_t)copied.sink.size, "mdat", 4);
    assert_true(moov && mdat && moov < mdat);
    assert_near(copied.result.duration_s, 7, 0.001);
    assert_true(copied.sink.lowest_back == 0);
    copied_done(&copied);
    clip_done(&source);
}

static void the_sound_can_be_left_out(void **state)
{
    (void)state;
    struct clip source;
    struct found after;
    struct copied copied;
    const struct remux_options options = {.has_end = true, .end_s = 2};
    clip_load(&source, clips_path("a.mp4"));
    copy(&source, &options, &copied);
    list_packets(&copied.clip, &after);
    for (size_t i = 0; i < after.count; i++)
        assert_false(after.packets[i].sound);
    assert_int_equal(copied.result.frames, 50);
    free(after.packets);
    copied_done(&copied);
    clip_done(&source);
}

// The sample is 4:4:4 by an x264 whose version decoders must know; only its first packet says it.
static void a_later_cut_of_the_sample_decodes_to_the_same_pictures(void **state)
{
    (void)state;
    struct clip source;
    struct found before;
    struct found after;
    struct copied copied;
    const struct remux_options options = {
        .has_start = true, .start_s = 6, .has_end = true, .end_s = 8, .audio = true};
    clip_load(&source, clips_sample("cockatoo.mp4"));
    copy(&source, &options, &copied);
    assert_near(copied.plan.keyframe_offset_s, 2.2, 0.0001);
    assert_int_equal(copied.result.frames, 40);
    list_packets(&source, &before);
    list_packets(&copied.clip, &after);
    assert_int_equal(foreign_packets(&after, &before, 6), 1); // the one that carries it
    assert_false(has_packet(&before, &after.packets[0], 6));
    assert_same_pictures(&copied.clip, &source, 120, 40, 98);
    free(before.packets);
    free(after.packets);
    copied_done(&copied);
    clip_done(&source);
}

// Only the frames up to the next IDR picture are encoded anew, and nothing is hidden in front.
static void an_exact_cut_encodes_only_its_head(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        double start_s, end_s;
        int encoded; // frames
    } cases[] = {
        {"a.mp4", 5, 7.4, 25},  {"a.mkv", 5, 7.4, 25},   {"a.ts", 5, 7.4, 25},
        {"a.mp4", 4, 7.4, 0},   {"a.mp4", 4.4, 5.4, 25}, {"noB.avi", 5, 7.4, -1},
        {"open.mp4", 5, 7, 50}, // it has one IDR picture, at its beginning
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct clip source;
        struct found before;
        struct found after;
        struct copied copied;
        const struct remux_options options = {.has_start = true,
                                              .start_s = cases[i].start_s,
                                              .has_end = true,
                                              .end_s = cases[i].end_s,
                                              .audio = true,
                                              .exact = true,
                                              .threads = 1};
        print_message("# %s from %g s\n", cases[i].file, cases[i].start_s);
        clip_load(&source, clips_path(cases[i].file));
        copy(&source, &options, &copied);
        struct range range = range_of(&source, cases[i].start_s, cases[i].end_s);
        assert_int_equal(copied.result.frames, range.count);
        assert_near(copied.result.duration_s, range.duration_s, 0.002);
        assert_near(copied.plan.keyframe_offset_s, 0, 0);
        if (cases[i].encoded >= 0)
            assert_int_equal(copied.plan.frames_encoded, cases[i].encoded);
        assert_int_equal(copied.plan.has_copy, copied.plan.frames_encoded < range.count);
        list_packets(&source, &before);
        list_packets(&copied.clip, &after);
        for (size_t k = 0; k < after.count; k++)
            assert_true(after.packets[k].sound || after.packets[k].pts_s > -0.001);
        if (strstr(cases[i].file, ".mp4"))
            assert_int_equal(foreign_packets(&after, &before, range.start_s + range.origin_s),
                             cases[i].encoded);
        assert_same_pictures(&copied.clip, &source, range.first, range.count, 40);
        free(before.packets);
        free(after.packets);
        copied_done(&copied);
        clip_done(&source);
    }
}

static void an_exact_cut_of_the_sample_shows_its_pictures(void **state)
{
    (void)state;
    struct clip source;
    struct copied copied;
    const struct remux_options options = {.has_start = true,
                                          .start_s = 6.5,
                                          .has_end = true,
                                          .end_s = 8,
                                          .audio = true,
                                          .exact = true,
                                          .threads = 1};
    clip_load(&source, clips_sample("cockatoo.mp4"));
    copy(&source, &options, &copied);
    assert_int_equal(copied.plan.frames_encoded, 15); // up to the keyframe at 7.25 s
    assert_int_equal(copied.result.frames, 30);
    assert_same_pictures(&copied.clip, &source, 130, 30, 40);
    copied_done(&copied);
    clip_done(&source);
}

static void what_cannot_be_copied_is_refused_with_its_name(void **state)
{
    (void)state;
    struct clip source;
    struct copied copied;
    struct error err = {0};
    const struct remux_options options = {
        .has_start = true, .start_s = 5, .has_end = true, .end_s = 7, .audio = true};
    clip_load(&source, clips_make("pcm.mov", TEN_SECONDS "-c:v ffv1 -c:a pcm_s16le"));
    assert_int_equal(try_copy(&source, &options, &copied, &err), ERR_MEDIA);
    assert_non_null(strstr(err.text, "ffv1"));
    assert_non_null(strstr(err.text, "copy_codec: false"));
    copied_done(&copied);
    clip_done(&source);
    clip_load(&source, clips_make("sound.mov", TEN_SECONDS X264 "-c:a pcm_s16le"));
    assert_int_equal(try_copy(&source, &options, &copied, &err), ERR_MEDIA);
    assert_non_null(strstr(err.text, "sound (pcm_s16le)"));
    copied_done(&copied);
    clip_done(&source);
    clip_load(&source, clips_make("b.avi", TEN_SECONDS X264 "-c:a mp3"));
    assert_int_equal(try_copy(&source, &options, &copied, &err), ERR_MEDIA);
    assert_non_null(strstr(err.text, "AVI with reordered pictures (B-frames)"));
    copied_done(&copied);
    clip_done(&source);
}

static void failures_come_through_and_a_cancel_stops(void **state)
{
    (void)state;
    const struct remux_options options = {
        .has_start = true, .start_s = 5, .has_end = true, .end_s = 7, .audio = true};
    struct clip source;
    struct copied copied;
    struct error err = {0};
    clip_load(&source, clips_path("a.ts"));
    copy(&source, &options, &copied);
    int reads = source.reads;
    copied_done(&copied);
    clip_done(&source);

    clip_load(&source, clips_path("a.ts"));
    source.fail_at_read = reads - 1;
    assert_int_equal(try_copy(&source, &options, &copied, &err), ERR_UNAVAILABLE);
    copied_done(&copied);
    clip_done(&source);

    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    clip_load(&source, clips_path("a.ts"));
    source.cancel = cancel;
    source.cancel_at_read = reads - 1;
    assert_int_equal(try_copy(&source, &options, &copied, &err), ERR_CANCELLED);
    copied_done(&copied);
    clip_done(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_range_is_shown_exactly_and_copied_bit_for_bit),
        cmocka_unit_test(without_a_range_every_packet_is_copied),
        cmocka_unit_test(the_index_stands_in_front_and_is_written_once),
        cmocka_unit_test(the_sound_can_be_left_out),
        cmocka_unit_test(a_later_cut_of_the_sample_decodes_to_the_same_pictures),
        cmocka_unit_test(an_exact_cut_encodes_only_its_head),
        cmocka_unit_test(an_exact_cut_of_the_sample_shows_its_pictures),
        cmocka_unit_test(what_cannot_be_copied_is_refused_with_its_name),
        cmocka_unit_test(failures_come_through_and_a_cancel_stops),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
