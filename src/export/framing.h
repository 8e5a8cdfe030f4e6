// SPDX-License-Identifier: GPL-3.0-or-later
// framing.h — framing_ai and multi_clip: follow with a moving crop, enlarge it with the network,
// join, encode. One clip is several without anything to join.
//
//   sources → [decode, crop] → cut frames → [upscale] → large frames → [scale, mix, encode] → sink
//
// Three stages on threads of their own over two bounded links, so the export takes about as
// long as its slowest stage, and a clip is read and cut while the one before it is still in the
// network. That is loaded while the first frames are decoded, and not at all when no frame needs
// it.
#pragma once

#include "export/export.h"

MUST_USE enum status framing_run(const struct export_options *options, struct export_result *ret,
                                 struct error *err);
