// SPDX-License-Identifier: GPL-3.0-or-later
// tfjs_weights.h — the weights of a TensorFlow.js model: its manifest, and the file beside it.
//
// Format (github.com/tensorflow/tfjs, "tfjs-converter", weights manifest): a list of one group
// whose "weights" name each array with its shape and type; the values lie in the .bin one after
// the other in that order, little endian, without gaps: float32, int32, or binary16 where
// "quantization" says so.
// Strict and bounded: the arrays must fill the file exactly. ERR_MODEL otherwise.
// Ownership: names and bytes are borrowed from the document and the file's contents.
// Pure apart from memory.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json_read.h"

enum { TFJS_MAX_RANK = 4, TFJS_MAX_WEIGHTS = 4096 };

enum tfjs_type { TFJS_FLOAT32, TFJS_FLOAT16, TFJS_INT32 };

struct tfjs_weight {
    const char *name;
    int rank;
    int shape[TFJS_MAX_RANK];
    size_t count;
    enum tfjs_type type;
    const unsigned char *bytes;
};

struct tfjs_weights {
    struct tfjs_weight *all;
    size_t count;
};

// `manifest` is the value of "weightsManifest". tfjs_weights_done() frees, also after a failure.
MUST_USE enum status tfjs_weights_read(const struct jr *manifest, const void *bin, size_t bin_bytes,
                                       struct tfjs_weights *ret, struct error *err);
void tfjs_weights_done(struct tfjs_weights *w);

// NULL when there is none of that name.
const struct tfjs_weight *tfjs_weights_find(const struct tfjs_weights *w, const char *name);
// Value i < count. May be infinite or not a number.
double tfjs_weight_at(const struct tfjs_weight *w, size_t i);
// Does it hold exactly these n whole numbers?
bool tfjs_weight_is(const struct tfjs_weight *w, const int *numbers, size_t n);
