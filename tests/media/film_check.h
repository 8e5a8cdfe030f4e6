// SPDX-License-Identifier: GPL-3.0-or-later
// film_check.h — for tests: a sink that records, pictures of one colour, and a look at a film
// through plain libav (not through our own reader, which has tests of its own).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/byte_io.h"
#include "media/film.h"

// Keeps the film in memory and notes how it was written.
struct record_sink {
    struct byte_sink sink;
    uint8_t *bytes;
    int64_t size;
    int64_t lowest_back;  // where the first write behind the end began; -1: none
    int64_t highest_back; // where the last such write ended; 0: none
    int64_t fail_at;      // a write that reaches this offset fails with ERR_NO_SPACE; 0: never
    int64_t writes;
};
void record_sink_init(struct record_sink *sink);
void record_sink_done(struct record_sink *sink);

// A solid picture of yuv values, made without the scaler.
struct picture *solid_picture(int width, int height, uint8_t y, uint8_t cb, uint8_t cr);

// What a decoder finds in the film.
struct film_look {
    int video_frames;
    int video_packets;
    int key_frames;
    double *pts_s;   // of the decoded frames, in order
    double *mean[3]; // of Y, Cb, Cr of each frame
    double video_duration_s;
    double audio_duration_s;
    int fps_num, fps_den;
    bool has_audio;
    int channels, rate_hz;
    float *sound; // first channel, from presentation time 0 on
    int64_t samples;
    bool bt709_limited_left; // primaries, transfer, matrix, range and chroma location, decoded
    bool high_profile;
    bool container_colour; // an nclx colr box with bt709
    bool moov_in_front;
    int64_t moov_bytes;
    char title[64];
    int chapters;
    double chapter_start_s[4], chapter_end_s[4]; // of the first few
    char chapter_title[4][256];
};
// Fails the running test when the bytes are not a film.
void film_look(const struct record_sink *sink, struct film_look *ret);
void film_look_done(struct film_look *look);

// -- making films

// The first sample that sounds with picture `picture`.
int64_t film_sample_at(const struct film_options *o, int64_t picture);
// A tone with a click at each second whose picture is white, in step with the pictures.
enum status film_feed(struct film *film, const struct film_options *o, int64_t frames,
                      struct error *err);
// A whole film of such pictures; its packets are counted as they leave the encoder.
struct film_result film_made(struct record_sink *sink, const struct film_options *options,
                             int64_t frames);
