// SPDX-License-Identifier: GPL-3.0-or-later
// mixer.h — two pictures of the film in one, or one that goes to black.
//
// Mixed are the samples as encoded (Y'CbCr), which is the same as mixing R'G'B': both are linear
// in each other. Rounded to the nearest; black is Y 16, Cb and Cr 128 (BT.709-6, limited range).
// Threads: one owner per mixer; its pictures may be dropped by any thread, also after the mixer is
// gone.
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "media/picture.h"

struct mixer;

// For pictures of width × height as scaler.h makes them (ERR_INVALID for other sizes).
MUST_USE enum status mixer_new(int width, int height, struct mixer **ret, struct error *err);
void mixer_free(struct mixer *mixer);
AUTO_DEFINE(struct mixer, mixer_free)

// share × a + (1 − share) × b; b NULL: black. `share` in [0, 1]. The caller drops *ret with
// picture_unref().
MUST_USE enum status mixer_mix(struct mixer *mixer, const struct picture *a,
                               const struct picture *b, double share, struct picture **ret,
                               struct error *err);
