// SPDX-License-Identifier: GPL-3.0-or-later
// framing.h — framing_ai: follow with a moving crop, enlarge it with the network, encode.
//
//   source → [decode, crop] → cut frames → [upscale] → large frames → [scale, encode] → sink
//
// Three stages on threads of their own over two bounded links, so the export takes about as
// long as its slowest stage. The network is loaded while the first frames are decoded, and
// not at all when no frame needs it.
#pragma once

#include "export/export.h"

MUST_USE enum status framing_run(const struct export_options *options, struct export_result *ret,
                                 struct error *err);
