// SPDX-License-Identifier: GPL-3.0-or-later
// small_nanodet.h — a network of a few layers as a TensorFlow.js graph, with made-up weights: every
// kind of node that NanoDet has, in the same forms, for a picture of 32 × 32.
#pragma once

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "vision/nanodet_model.h"

#define SMALL_NODE(name, op, inputs, attr)                                                         \
    "{\"name\":\"" name "\",\"op\":\"" op "\",\"input\":[" inputs "],\"attr\":{" attr "}},\n"
#define SMALL_CONST(name) SMALL_NODE(name, "Const", "", "")
#define SMALL_TURN(name, input, order)                                                             \
    SMALL_NODE(name, "Transpose", "\"" input "\",\"" order "\"", "")
#define SMALL_LAYER                                                                                \
    "\"padding\":{\"s\":\"VkFMSUQ=\"},\"data_format\":{\"s\":\"TkhXQw==\"},"                       \
    "\"dilations\":{\"list\":{\"i\":[\"1\",\"1\",\"1\",\"1\"]}},"
#define SMALL_STEP(n) "\"strides\":{\"list\":{\"i\":[\"1\",\"" n "\",\"" n "\",\"1\"]}}"
#define SMALL_RESIZE(name, input, size)                                                            \
    SMALL_NODE(name, "ResizeBilinear", "\"" input "\",\"" size "\"",                               \
               "\"half_pixel_centers\":{\"b\":true},\"align_corners\":{\"b\":false}")
#define SMALL_LEAKY(name, input)                                                                   \
    SMALL_NODE(name, "LeakyRelu", "\"" input "\"", "\"alpha\":{\"f\":0.1}")

static const char small_nanodet_nodes[] = SMALL_NODE(
    "in", "Placeholder", "",
    "\"shape\":{\"shape\":{\"dim\":[{\"size\":\"1\"},{\"size\":\"3\"},{\"size\":\"32\"},"
    "{\"size\":\"32\"}]}}") SMALL_CONST("last") SMALL_CONST("first") SMALL_CONST("rows")
    SMALL_CONST("pad") SMALL_CONST("lowest") SMALL_CONST("axis") SMALL_CONST("four") SMALL_CONST(
        "eight") SMALL_CONST("sixteen") SMALL_CONST("split") SMALL_CONST("w1") SMALL_CONST("b1")
        SMALL_CONST("w2") SMALL_CONST("b2") SMALL_CONST("w3") SMALL_CONST("b3") SMALL_NODE(
            "shape", "AddV2", "\"four\",\"four\"", "") SMALL_NODE("p1", "Pad", "\"in\",\"pad\"",
                                                                  "") SMALL_TURN("t1", "p1", "last")
            SMALL_NODE("c1", "Conv2D", "\"t1\",\"w1\"", SMALL_LAYER SMALL_STEP("2")) SMALL_NODE(
                "a1", "Add", "\"c1\",\"b1\"", "") SMALL_TURN("t2", "a1", "first")
                SMALL_LEAKY("l1", "t2") SMALL_NODE("p2", "PadV2", "\"l1\",\"pad\",\"lowest\"", "")
                    SMALL_TURN("t3", "p2", "last") SMALL_NODE(
                        "m1", "MaxPool", "\"t3\"",
                        SMALL_LAYER
                        "\"ksize\":{\"list\":{\"i\":[\"1\",\"3\",\"3\",\"1\"]}}," SMALL_STEP(
                            "2")) SMALL_TURN("t4", "m1",
                                             "first") SMALL_NODE("p3", "Pad", "\"t4\",\"pad\"",
                                                                 "") SMALL_TURN("t5", "p3", "last")
                        SMALL_NODE("c2", "Conv2D", "\"t5\",\"w2\"",
                                   SMALL_LAYER SMALL_STEP(
                                       "1")) SMALL_NODE("a2", "Add", "\"c2\",\"b2\"", "")
                            SMALL_TURN("t6", "a2", "first") SMALL_LEAKY("l2", "t6") SMALL_NODE(
                                "k1", "ConcatV2", "\"l2\",\"t4\",\"axis\"",
                                "") SMALL_TURN("t7", "k1", "last")
                                SMALL_RESIZE("r1", "t7", "four") SMALL_RESIZE("r2", "r1", "eight")
                                    SMALL_NODE("s1", "Add", "\"r2\",\"t7\"",
                                               "") SMALL_NODE("c3", "Conv2D", "\"s1\",\"w3\"",
                                                              SMALL_LAYER SMALL_STEP("1"))
                                        SMALL_NODE("a3", "Add", "\"c3\",\"b3\"",
                                                   "") SMALL_TURN("t8", "a3", "first")
                                            SMALL_NODE("o1", "SplitV", "\"t8\",\"split\",\"axis\"",
                                                       "") SMALL_NODE("g1", "Sigmoid", "\"o1\"", "")
                                                SMALL_NODE("h1", "Reshape", "\"o1:1\",\"shape\"",
                                                           "")
                                                    SMALL_TURN(
                                                        "i1", "h1",
                                                        "rows") "{\"name\":\"end\",\"op\":"
                                                                "\"Identity\",\"input\":[\"i1\"]}";

static const struct small_weight {
    const char *name, *shape;
    int count;
    int ints[8]; // with their count in the shape; halves are made up
    bool halves;
} small_nanodet_weights[] = {
    {"last", "[4]", 4, {0, 2, 3, 1}, false}, {"first", "[4]", 4, {0, 3, 1, 2}, false},
    {"rows", "[3]", 3, {0, 2, 1}, false},    {"pad", "[4,2]", 8, {0, 0, 0, 0, 1, 1, 1, 1}, false},
    {"lowest", "[]", 1, {0xFC00}, true}, // −∞
    {"axis", "[]", 1, {1}, false},           {"four", "[2]", 2, {4, 4}, false},
    {"eight", "[2]", 2, {8, 8}, false},      {"sixteen", "[2]", 2, {16, 16}, false},
    {"split", "[2]", 2, {80, 44}, false},    {"w1", "[3,3,3,16]", 432, {0}, true},
    {"b1", "[16]", 16, {0}, true},           {"w2", "[3,3,16,16]", 2304, {0}, true},
    {"b2", "[16]", 16, {0}, true},           {"w3", "[1,1,32,124]", 3968, {0}, true},
    {"b3", "[124]", 124, {0}, true},
};

// Appends both files.
static inline void small_nanodet(struct buffer *json, struct buffer *bin)
{
    unsigned noise = 5;
    buffer_printf(json,
                  "{\"format\":\"graph-model\",\"modelTopology\":{\"node\":[\n%s]},\n"
                  "\"weightsManifest\":[{\"paths\":[\"x.bin\"],\"weights\":[",
                  small_nanodet_nodes);
    for (size_t i = 0; i < sizeof small_nanodet_weights / sizeof *small_nanodet_weights; i++) {
        const struct small_weight *w = &small_nanodet_weights[i];
        buffer_printf(json, "%s\n{\"name\":\"%s\",\"shape\":%s,\"dtype\":\"%s\"%s}", i ? "," : "",
                      w->name, w->shape, w->halves ? "float32" : "int32",
                      w->halves ? ",\"quantization\":{\"dtype\":\"float16\"}" : "");
        for (int k = 0; k < w->count; k++) {
            noise = noise * 1664525 + 1013904223; // ±0.06 to ±0.12
            int32_t v = w->count <= 8
                            ? w->ints[k]
                            : (int32_t)((noise >> 16 & 0x8000) | 0x2C00 | (noise >> 8 & 0x3FF));
            buffer_append(bin, &v, w->halves ? 2 : 4); // little endian, as the tests run
        }
    }
    buffer_text(json, "]}]}");
}
