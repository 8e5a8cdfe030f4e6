// SPDX-License-Identifier: GPL-3.0-or-later
// reel.h — the clips of a film in their order: all planned at first, then cut and sounding in turn.
//
// reel_open() probes every source, so that all totals are known before a frame is touched; then the
// frames come in the order in which the film needs them. During a dissolve the frames of two
// clips alternate, so no more than one of each has to be kept. Only the clips at work are open
// for reading. A film of one clip is the same with nothing to join.
// Threads: reel_cut() one, the sound another or the same; all else before they start.
#pragma once

#include "base/memory.h"
#include "export/clip.h"
#include "export/pixel_classes.h"
#include "job/splice.h"
#include "media/film.h"

struct reel;

struct reel_options {
    const struct spec *spec; // borrowed; of an export that has clips (spec_clip_count())
    struct storage *storage; // NULL: local files alone
    struct meter *download;  // borrowed
    struct cancel *cancel;
    int threads; // of a decoder; 0: one for each core
};

// Errors of a source are those of clip_open(), with the clip's place in front. ERR_INVALID: the
// output is one of the sources, or a clip is shorter than its transition.
MUST_USE enum status reel_open(const struct reel_options *options, struct reel **ret,
                               struct error *err);
void reel_free(struct reel *reel);
AUTO_DEFINE(struct reel, reel_free)

struct reel_totals {
    struct rational fps; // of the film: as asked for, else that of the first clip
    uint64_t frames;     // of the film
    uint64_t to_enlarge; // frames of the sources that the network has to enlarge
    uint64_t pixels;     // of a typical one of them, as the network sees it
    uint64_t bytes;      // of the sources that are needed
    uint32_t clips;
};

struct reel_totals reel_totals(const struct reel *reel);
// Of the frames to enlarge.
const struct pixel_classes *reel_classes(const struct reel *reel);
const struct splice *reel_splice(const struct reel *reel);
// A chapter for each clip; none for a single clip without a name. Lives as long as the reel.
const struct film_chapter *reel_chapters(const struct reel *reel, size_t *ret_count);

// Begins to fetch the first clip's bytes: a while before the first frame is cut.
void reel_ahead(struct reel *reel);
// Is there another frame?
bool reel_more(const struct reel *reel);
// Decodes and crops the next frame, as clip_cut().
MUST_USE enum status reel_cut(struct reel *reel, struct frame *frame, struct error *err);

// The sound of the whole film, CLIP_SOUND_RATE_HZ and CLIP_SOUND_CHANNELS; *ret is NULL when no
// clip has any or none is wanted. The reel owns the track.
MUST_USE enum status reel_sound(struct reel *reel, struct audio_track **ret, struct error *err);
