// SPDX-License-Identifier: GPL-3.0-or-later
// png.h — write a picture as a PNG file: 8 bits, RGB, lossless.
#pragma once

#include <stdint.h>

#include "base/byte_io.h"
#include "base/image.h"

// Writes the file from the sink's beginning; values outside [0, 1] are clamped. *ret_bytes is its
// size. The sink's own errors come through unchanged; ERR_MEMORY, ERR_MEDIA.
MUST_USE enum status png_write(const struct image *image, struct byte_sink *sink,
                               uint64_t *ret_bytes, struct error *err);
