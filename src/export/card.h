// SPDX-License-Identifier: GPL-3.0-or-later
// card.h — the caption card of a moment: its rating as colour and sign, its name, its notes.
//
// The card stands at the lower left; its sizes follow the height of the film. Its words are
// drawn as written. Threads: any; owns nothing that is shared.
#pragma once

#include <stdint.h>

#include "job/spec.h"
#include "media/caption.h"

enum { CARD_NOTES_CHARACTERS = 100 }; // of the notes, the first so many are shown

struct rating_info {
    uint32_t rgb;         // of the card's border
    const char *notation; // "!?"
};

// rating: SPEC_MIN_RATING to SPEC_MAX_RATING.
const struct rating_info *rating_info(int rating);

struct card {
    struct caption_bitmap bitmap;
    int x, y;    // where its corner lies on a picture of the film
    int border;  // pixels
    int missing; // glyphs that no font had
};

// The card for a film of width × height pixels; release with card_done(), also after a failure.
MUST_USE enum status card_make(const struct spec_moment *moment, int width, int height,
                               struct card *ret, struct error *err);
void card_done(struct card *card);
