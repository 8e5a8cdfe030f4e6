// SPDX-License-Identifier: GPL-3.0-or-later
// extract.h — extract_clip: a part of a video, copied packet for packet where that can be.
//
// copy_codec true: a copy from the keyframe at or before the start, hidden up to the start by
// an edit list (media/remux.h). False: the first frame of the file is the start. H.264 then is
// encoded anew up to the next IDR picture only; anything else, or what an MP4 cannot hold, is
// encoded anew throughout, as framing_ai encodes a whole picture.
// The result's data says which of these was done: {"mode": "copy" | "cut" | "encode", "start_s",
// "keyframe_offset_s", "frames_encoded"}.
#pragma once

#include "export/export.h"

// As export_run().
MUST_USE enum status extract_run(const struct export_options *options, struct export_result *ret,
                                 struct error *err);
