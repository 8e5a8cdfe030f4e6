// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio_tape.h"

#include <math.h>

#include "media/audio_reader.h"
#include "media/audio_track.h"
#include "test.h"

enum { RATE = 48000, SECONDS = 4, HEADER_BYTES = 44 };

// A WAV file in memory: mono, one 100 ms beep at the beginning of each second.
struct wav_source {
    struct byte_source source;
    uint8_t bytes[HEADER_BYTES + 2 * RATE * SECONDS];
};

static enum status wav_read(struct byte_source *self, int64_t offset, void *dst, size_t n,
                            size_t *ret_n, struct error *err)
{
    (void)err;
    const struct wav_source *wav = (const struct wav_source *)self;
    int64_t left = self->size_bytes - offset;
    *ret_n = left <= 0 ? 0 : (int64_t)n < left ? n : (size_t)left;
    if (*ret_n > 0)
        memcpy(dst, wav->bytes + offset, *ret_n);
    return OK;
}

static void put(uint8_t *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static float beep(int64_t sample)
{
    return sample % RATE < RATE / 10 ? 0.8F * (float)cos((double)sample * 0.2) : 0;
}

static void wav_init(struct wav_source *wav)
{
    uint32_t data = 2 * RATE * SECONDS;
    wav->source = (struct byte_source){.size_bytes = sizeof wav->bytes, .read_at = wav_read};
    memcpy(wav->bytes, "RIFF....WAVEfmt ", 16);
    put(wav->bytes + 4, data + HEADER_BYTES - 8, 4);
    put(wav->bytes + 16, 16, 4);
    put(wav->bytes + 20, 1, 2); // PCM
    put(wav->bytes + 22, 1, 2); // channels
    put(wav->bytes + 24, RATE, 4);
    put(wav->bytes + 28, 2 * RATE, 4);
    put(wav->bytes + 32, 2, 2);
    put(wav->bytes + 34, 16, 2);
    memcpy(wav->bytes + 36, "data", 4);
    put(wav->bytes + 40, data, 4);
    for (int i = 0; i < RATE * SECONDS; i++)
        put(wav->bytes + HEADER_BYTES + 2 * i, (uint32_t)lrintf(32767 * beep(i)) & 0xffff, 2);
}

static struct wav_source wav;

static struct audio_reader *open_reader(int channels)
{
    const struct audio_reader_options options = {
        .name = "beeps.wav", .rate_hz = RATE, .channels = channels};
    struct audio_reader *reader = NULL;
    struct error err = {0};
    wav_init(&wav);
    if (audio_reader_open(&wav.source, &options, &reader, &err) != OK)
        fail_msg("%s", err.text);
    return reader;
}

static void a_reader_plays_as_a_tape(void **state)
{
    (void)state;
    AUTO(audio_reader_free) struct audio_reader *reader = open_reader(1);
    struct audio_reader_tape tape;
    audio_reader_tape_init(&tape, reader);
    static const double starts[] = {0, 2.9, 0.95, 3.99};
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        float sound[9600];
        assert_int_equal(tape.tape.seek(&tape.tape, starts[s], NULL), OK);
        assert_int_equal(tape.tape.read(&tape.tape, sound, 9600, NULL), OK);
        int64_t first = llround(starts[s] * RATE);
        for (int i = 0; i < 9600; i++) {
            float want = first + i < RATE * SECONDS ? beep(first + i) : 0;
            assert_true(fabsf(sound[i] - want) < 1e-4F);
        }
    }
}

static void a_track_follows_the_timeline_over_a_real_reader(void **state)
{
    (void)state;
    AUTO(audio_reader_free) struct audio_reader *reader = open_reader(2);
    struct audio_reader_tape tape;
    audio_reader_tape_init(&tape, reader);
    // seconds 0.5 to 1.5 at half speed, 1.5 to 3.5 doubled: beeps at 1, then 2.25 and 2.75
    static const struct timeline_piece pieces[] = {{0.5, 1.5, 0.5, 0, 2}, {1.5, 3.5, 2, 2, 1}};
    const struct audio_track_options options = {pieces, 2, 3, RATE, 2};
    AUTO(audio_track_free) struct audio_track *track = NULL;
    assert_int_equal(audio_track_new(&tape.tape, &options, &track, NULL), OK);
    static float sound[2 * 3 * RATE];
    size_t got;
    assert_int_equal(audio_track_read(track, sound, 3 * RATE, &got, NULL), OK);
    assert_int_equal(got, 3 * RATE);
    static const double beeps[] = {1, 2.25, 2.75};
    for (int b = 0; b < 3; b++) {
        int i = (int)((beeps[b] - 0.15) * RATE);
        while (i < 3 * RATE && fabsf(sound[2 * i]) < 0.2F)
            i++;
        double late_ms = ((double)i / RATE - beeps[b]) * 1000;
        print_message("# beep at %g s: %+.1f ms\n", beeps[b], late_ms);
        assert_true(fabs(late_ms) < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_plays_as_a_tape),
        cmocka_unit_test(a_track_follows_the_timeline_over_a_real_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
