// SPDX-License-Identifier: GPL-3.0-or-later
// splicer.h — puts the frames of several clips into one film, mixed where one becomes the next.
//
// Takes the frames in the order in which reel_cut() makes them, keeps one picture of each clip that
// is shown, and gives the film every picture as soon as all its parts are there.
// Threads: one owner.
#pragma once

#include "export/film_out.h"
#include "export/frame_link.h"
#include "job/crop_path.h"
#include "job/splice.h"
#include "media/mixer.h"

struct splicer {
    const struct splice *splice; // borrowed
    struct film_out *film;       // borrowed
    struct mixer *mixer;
    uint64_t next; // frame of the film
    size_t clip;   // the earliest that is shown in it
    struct held {  // the newest picture of a clip; clip i is kept in i % 2
        struct picture *picture;
        size_t clip;
        uint64_t end; // the frame of the film behind the last that shows it
    } held[2];
};

// For a film of width × height. splicer_done() is due also after a failure.
MUST_USE enum status splicer_init(struct splicer *splicer, const struct splice *splice,
                                  struct film_out *film, struct output_size size,
                                  struct error *err);
void splicer_done(struct splicer *splicer);
// Takes the frame's image as it is; the frame stays the caller's.
MUST_USE enum status splicer_frame(struct splicer *splicer, const struct frame *frame,
                                   struct error *err);
// ERR_INTERNAL when frames of the film are missing.
MUST_USE enum status splicer_check(const struct splicer *splicer, struct error *err);
