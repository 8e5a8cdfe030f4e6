// SPDX-License-Identifier: GPL-3.0-or-later
// ncnn_model.h — read the file pair of the ncnn library, .param (graph) and .bin (weights).
//
// Format (ncnn wiki "param and model file structure"): .param is text: the magic 7767517, a
// line with the layer and blob counts, then a line a layer: type, name, input count, output
// count, blob names, id=value pairs (-233xx=n,v,v for arrays). .bin holds, in the order of the
// layers: for a convolution a u32 flag, the weights (flag 0x01306B47: fp16, padded to 4
// bytes; flag 0: f32) and the f32 bias; for a PReLU the f32 slopes. All little endian.
// Strict: only the layers that struct network knows, each with the parameters that it means;
// anything else, a size that does not fit, a byte too few or too many is ERR_MODEL and names
// the layer. The files count as input from outside: every count is bounded.
// Threads: none of its own.
#pragma once

#include "vision/network.h"

// The graph alone, without weights. `text` need not end in NUL. network_free() the result.
MUST_USE enum status ncnn_param_parse(const char *text, size_t n, struct network **ret_net,
                                      struct error *err);
// Fills the weights of a graph that has none yet.
MUST_USE enum status ncnn_bin_parse(struct network *net, const void *bytes, size_t n,
                                    struct error *err);
// Both files: `param_path` must end in ".param", the weights lie beside it as ".bin".
MUST_USE enum status ncnn_model_load(const char *param_path, struct network **ret_net,
                                     struct error *err);
