// SPDX-License-Identifier: GPL-3.0-or-later
// detect.h — detect_players: the people in single frames of a video.
//
//   source → [seek, decode] → [scale to the network's size] → [network] → boxes → JSON, picture
//
// Only the frames asked for are decoded, from the keyframe before each. The answer is an array, in
// the order of the timestamps:
//   [{"time": t, "width": w, "height": h, "detections": [{"bbox": {"x", "y", "width", "height"},
//     "confidence": c, "class_name": "person"}]}]
// with the frame's own time and size, and x, y in the middle of each box, the most confident first.
// It goes to the output, and into the result's data where it fits; without an output it has to fit.
#pragma once

#include "export/export.h"

MUST_USE enum status detect_run(const struct export_options *options, struct export_result *ret,
                                struct error *err);
