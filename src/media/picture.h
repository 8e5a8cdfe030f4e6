// SPDX-License-Identifier: GPL-3.0-or-later
// picture.h — one video frame as the codecs know it, shared by reference.
//
// Made by the decoder (a frame of a source) and by the scaler (a frame of the film); taken
// by the cropper and by the film. What is inside is media's business: pixels stay in the
// codec's own format until the cropper makes a struct image of them.
// Ownership: reference counted; whoever got a struct picture * owns one reference. The pixels
//            never change once a picture was handed out.
// Threads:   reference and release from any thread; the getters too.
#pragma once

#include <stddef.h>

#include "base/memory.h"

struct picture;

// One more reference to the same picture. Returns `picture`.
struct picture *picture_ref(struct picture *picture);
// Gives one reference back. NULL is allowed.
void picture_unref(struct picture *picture);
AUTO_DEFINE(struct picture, picture_unref)

// Size in display pixels: after the container's rotation, pixels square.
int picture_width(const struct picture *picture);
int picture_height(const struct picture *picture);
// When the frame begins, seconds from the source's first frame. 0 for a picture made by the scaler.
double picture_time_s(const struct picture *picture);
// Which frame of the source it is, from 0. 0 for a picture made by the scaler.
size_t picture_index(const struct picture *picture);
