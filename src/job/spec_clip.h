// SPDX-License-Identifier: GPL-3.0-or-later
// spec_clip.h — one clip in the list of a spec. For spec_*.c only.
#pragma once

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/spec.h"

enum { SPEC_MAX_CLIP_NAME_BYTES = 255, SPEC_MAX_ROTATION_DEG = 360 };

// {"input", "name", "source_range", "trim", "segments", "keyframes", "rotation"}; what is wanted is
// where source_range and trim overlap, and that becomes ret->trim. spec_clip_done() is due also
// after a failure.
MUST_USE enum status spec_clip_read(const struct jr *v, struct spec_clip *ret, struct error *err);
void spec_clip_write(const struct spec_clip *clip, struct json_writer *w);
// Releases what the clip points to.
void spec_clip_done(struct spec_clip *clip);
