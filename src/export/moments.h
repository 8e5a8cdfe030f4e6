// SPDX-License-Identifier: GPL-3.0-or-later
// moments.h — the moments of one source, in the order of the film, picture by picture.
//
// moments_open() reads the headers and decides what every moment gives: how many frames of the
// film, or that it is skipped and why (it lies behind the end, say). moments_next() then decodes.
// One decoder serves all moments: one that goes on where the one before it ended is read straight
// through, each source frame once; only a moment that goes back seeks back.
//
// A damaged moment shows only when it is decoded. Then moments_next() says ERR_MEDIA, and
// moments_drop_damaged() tries all that is left, skips what cannot be decoded and starts
// over: the film is begun anew, at most once, with what is good.
// Threads: moments_next() one, the sound track one (another is fine); the rest while neither runs.
#pragma once

#include "base/memory.h"
#include "export/meter.h"
#include "job/spec.h"
#include "media/audio_track.h"
#include "media/media_info.h"
#include "media/picture.h"
#include "storage/storage.h"
#include "sys/cancel.h"

struct moments;

struct moments_options {
    const struct spec *spec; // of an annotate_compilation; borrowed
    struct storage *storage; // NULL: local files alone
    struct meter *download;  // borrowed
    struct cancel *cancel;
    int threads; // of the decoder; 0: one for each core
};

// What became of a moment.
struct moments_state {
    const char *skipped;  // why it is not in the film; NULL: it is
    uint64_t first_frame; // of the film; meaningless when skipped, like the next
    uint64_t frames;
};

// A picture of the source and how often in a row the film shows it.
struct moments_shot {
    struct picture *picture; // a reference for the caller; NULL: the film has ended
    size_t moment;
    uint32_t repeats;
};

struct moments_sound {
    struct audio_track *track; // NULL: there is none, or none is wanted; owned by the film
    int rate_hz, channels;     // meaningless without a track
};

// ERR_NOT_FOUND, ERR_MEDIA, … as the source says; ERR_LIMIT: a film of too many frames. Moments
// that are skipped are no error.
MUST_USE enum status moments_open(const struct moments_options *options, struct moments **ret,
                                  struct error *err);
void moments_free(struct moments *moments);
AUTO_DEFINE(struct moments, moments_free)

const struct media_info *moments_info(const struct moments *moments);
struct rational moments_fps(const struct moments *moments); // of the film
uint64_t moments_frames(
    const struct moments *moments);                  // of the film; 0 when all moments are skipped
size_t moments_shown(const struct moments *moments); // moments that are not skipped
struct moments_state moments_state(const struct moments *moments, size_t i);
// Bytes of the source that the moments need, an estimate from the container's index.
uint64_t moments_bytes(const struct moments *moments);
// Does the object `where` share its bytes with the source?
bool moments_reads(const struct moments *moments, const char *where);

// The next picture. ERR_MEDIA: the moment ret->moment is damaged.
MUST_USE enum status moments_next(struct moments *moments, struct moments_shot *ret,
                                  struct error *err);
// After ERR_MEDIA of moments_next(): skips that moment and all damaged ones behind it, and starts
// over. `damage` is what moments_next() said. Calls `looked` with each number of frames of the film
// that were tried.
MUST_USE enum status moments_drop_damaged(struct moments *moments, const struct error *damage,
                                          void (*looked)(void *context, uint32_t frames),
                                          void *context, struct error *err);

// The sound of the film, from its beginning; ends the track that was given before.
MUST_USE enum status moments_sound(struct moments *moments, struct moments_sound *ret,
                                   struct error *err);
