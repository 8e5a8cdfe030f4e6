// SPDX-License-Identifier: GPL-3.0-or-later
// clip.h — one source video on its way into a film: opened, planned, cut frame by frame.
//
// clip_open() reads the headers and plans everything (which frames, which crops, how much);
// clip_cut() then makes the images in order, and clip_sound() gives the sound of the same
// timeline. Picture and sound are read by two readers over one source, so two threads may
// work on them at the same time. Decoders are there from the first use to the rest, so of many
// clips only those that are at work cost more than their plan.
// Threads: clip_cut() and clip_rest() one, the sound another or the same; all else before they
// start.
#pragma once

#include "base/memory.h"
#include "export/frame_link.h"
#include "export/meter.h"
#include "job/spec.h"
#include "media/audio_track.h"
#include "media/media_info.h"
#include "media/picture.h"
#include "storage/storage.h"
#include "sys/cancel.h"

struct clip;

enum { CLIP_SOUND_RATE_HZ = 48000, CLIP_SOUND_CHANNELS = 2 }; // of every clip

struct clip_options {
    struct spec_clip spec; // what it points to is borrowed
    struct output_size film;
    bool has_fps; // of the film; else the source's, at most TIMELINE_MAX_FPS
    struct rational fps;
    bool audio;              // is the sound wanted?
    struct storage *storage; // NULL: local files alone
    struct meter *download;  // borrowed
    struct cancel *cancel;
    int threads; // of the decoder; 0: one for each core
};

// ERR_NOT_FOUND, ERR_MEDIA, ERR_INVALID (a field that the source does not allow), …
MUST_USE enum status clip_open(const struct clip_options *options, struct clip **ret,
                               struct error *err);
void clip_free(struct clip *clip);
AUTO_DEFINE(struct clip, clip_free)

const struct media_info *clip_info(const struct clip *clip);
const struct timeline *clip_timeline(const struct clip *clip);
// Bytes of the source that this clip needs, an estimate from the container's index.
uint64_t clip_bytes(const struct clip *clip);
// Pixels of run `i` of the timeline as the network sees it; 0 when it has nothing to enlarge,
// because the crop has the film's pixels.
uint64_t clip_pixels_at(const struct clip *clip, size_t i);
// Does the object `where` share its bytes with this clip's source?
bool clip_reads(const struct clip *clip, const char *where);

// Decodes and crops run `i` of the timeline (ascending): at the crop's own size where the network
// will enlarge it, else at the film's.
MUST_USE enum status clip_cut(struct clip *clip, size_t i, struct frame *frame, struct error *err);

// Decodes run `i` of the timeline (ascending) and gives the source's whole frame, as a new
// reference.
MUST_USE enum status clip_picture(struct clip *clip, size_t i, struct picture **ret,
                                  struct error *err);

// Begins to fetch the source's bytes, where its store is far away: a while before the first cut.
void clip_ahead(struct clip *clip);
// Is the line free for another clip's bytes, for now?
bool clip_sated(const struct clip *clip);
// Gives back what reading pictures takes; the next clip_cut() or clip_picture() gets it anew.
void clip_rest(struct clip *clip);

struct clip_sound {
    struct audio_track *track; // NULL: there is none, or none is wanted
    int rate_hz, channels;     // meaningless without a track
};

bool clip_has_sound(const struct clip *clip); // and is it wanted?
// The sound of the clip's timeline; the track is owned by the clip.
MUST_USE enum status clip_sound(struct clip *clip, struct clip_sound *ret, struct error *err);
// Gives back what reading the sound takes, the track included.
void clip_sound_rest(struct clip *clip);
