// SPDX-License-Identifier: GPL-3.0-or-later
// overlay.h — overlay: spotlight a player and burn in texts, on the source's own frames.
//
//   source → [decode] → frames → [canvas, spotlight, texts] → pictures → [encode] → sink
//
// Three stages on threads of their own over two bounded queues. The film has the source's size
// (even), rate and sound, and all frames of the trim. Frames with something drawn on them are of
// the cost class "inside", the others "outside". Where nothing is to be drawn on a whole source,
// its packets are copied untouched.
#pragma once

#include "export/export.h"

MUST_USE enum status overlay_run(const struct export_options *options, struct export_result *ret,
                                 struct error *err);
