// SPDX-License-Identifier: GPL-3.0-or-later
// nanodet_model.h — read NanoDet, a detector of people and things, as a TensorFlow.js graph.
//
// The graph was converted from PyTorch by way of ONNX: it carries the padding of each layer as a
// node of its own, turns every tensor to rows × columns × channels and back, and adds the biases
// separately. Reading folds these into the operations of network.h: convolutions with bias and
// leaky ReLU, a max pool, concatenations, sums, bilinear resizing.
// Each output of the network is what the graph splits into 80 scores (before their sigmoid) and
// 4 × 11 distances; what the graph does with them afterwards is only a matter of order and is
// left to the detector (detector.h).
// Strict: an operation, attribute or shape that is not understood exactly, an array too few or
// too many is ERR_MODEL and names the node. The files count as input from outside.
// Threads: none of its own.
#pragma once

#include "vision/network.h"

enum {
    NANODET_CLASSES = 80, // of COCO; 0 is a person
    NANODET_BINS = 11,    // of the distribution of one distance
    NANODET_CHANNELS = NANODET_CLASSES + 4 * NANODET_BINS,
};

// From the texts of both files. network_free() the result.
MUST_USE enum status nanodet_model_parse(const char *json, size_t json_bytes, const void *bin,
                                         size_t bin_bytes, struct network **ret, struct error *err);
// `json_path` must end in ".json", the weights lie beside it as ".bin".
MUST_USE enum status nanodet_model_load(const char *json_path, struct network **ret,
                                        struct error *err);
