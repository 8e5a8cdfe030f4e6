// SPDX-License-Identifier: GPL-3.0-or-later
// networks.h — which of the networks that exports may need are on this machine.
#pragma once

#include "base/buffer.h"
#include "base/error.h"

// Appends the names of those that are there to `found` and of the others to `missing`, with commas
// between. ERR_MODEL says of the first that is missing where it was looked for and what fetches it.
// `model_dir` NULL: the usual places.
MUST_USE enum status networks_look(const char *model_dir, struct buffer *found,
                                   struct buffer *missing, struct error *err);
