// SPDX-License-Identifier: GPL-3.0-or-later
// film_out.h — the end of every graph: images and sound in, a stored film out.
//
// Scales each image to the film's size, encodes it as often as it is shown, keeps the sound in
// step, and hands the bytes to the store. Counts the phases encode (packets that left the
// encoder) and upload (bytes that the store accepted).
// Threads: one owner (the encode stage); the meters lock for themselves.
#pragma once

#include <stdint.h>

#include "base/image.h"
#include "base/memory.h"
#include "export/meter.h"
#include "media/audio_track.h"
#include "media/film.h"
#include "media/picture.h"
#include "storage/storage.h"
#include "sys/cancel.h"

struct film_out;

struct film_out_options {
    struct storage *storage; // NULL: local files alone
    const char *output;      // where the film goes (storage/location.h)
    struct film_options film;
    struct audio_track *sound; // NULL: a silent film; borrowed
    struct meter *encode;      // borrowed, like the next two
    struct meter *upload;
    struct cancel *cancel;
};

MUST_USE enum status film_out_open(const struct film_out_options *options, struct film_out **ret,
                                   struct error *err);
// Abandons a film that was not finished: nothing of it is left.
void film_out_free(struct film_out *out);
AUTO_DEFINE(struct film_out, film_out_free)

// The next image, shown in `repeats` (≥ 1) pictures of the film.
MUST_USE enum status film_out_image(struct film_out *out, const struct image *image,
                                    uint32_t repeats, struct error *err);
// The same in two steps: the image as a picture of the film, which the caller drops; and a picture
// that has the film's size and format already.
MUST_USE enum status film_out_scale(struct film_out *out, const struct image *image,
                                    struct picture **ret, struct error *err);
MUST_USE enum status film_out_picture(struct film_out *out, const struct picture *picture,
                                      uint32_t repeats, struct error *err);
// Ends the film, makes it durable and visible under its name.
MUST_USE enum status film_out_finish(struct film_out *out, struct film_result *ret,
                                     struct error *err);
