// SPDX-License-Identifier: GPL-3.0-or-later
// backend.h — what runs a network: one row of functions per device or library.
//
// A back end makes an engine from a network, once; the engine then runs regions of pictures of
// any size, preparing itself for a shape when it first meets it. To add one: a file
// backend_NAME.c with a `const struct backend backend_NAME`, a row in backend.c.
// Ownership: the engine borrows the network, which must outlive it.
// Threads: one caller at a time per engine; different engines are independent.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/image.h"
#include "sys/cancel.h"
#include "vision/grid.h"
#include "vision/network.h"

enum precision { PRECISION_AUTO, PRECISION_F32, PRECISION_BF16, PRECISION_COUNT };

struct backend_options {
    int threads; // ≥ 1
    enum precision precision;
};

// What was chosen, for doctor, the worker's hello and benchmark records.
struct backend_info {
    char engine[16];         // "onednn"
    char device[40];         // "cpu-avx512-2": instruction set and threads
    char implementation[64]; // of the convolutions that do most of the work
    const char *precision;   // "f32" or "bf16"
};

// A pass of the network over `read`, of whose result only the part for `write` is kept; both in
// pixels of the input, write inside read.
struct backend_region {
    struct rect read, write;
};

struct backend {
    const char *name;
    // Can it run on this machine?
    bool (*probe)(void);
    // What it would run on with so many threads, as in backend_info.device; quick.
    void (*device)(int threads, char *dst, size_t size);
    MUST_USE enum status (*create)(const struct network *net, const struct backend_options *options,
                                   void **ret_engine, struct error *err);
    void (*destroy)(void *engine); // NULL is allowed
    // Bytes of working memory for each pixel of a region.
    size_t (*bytes_per_px)(const void *engine);
    // Writes the region to its place in `out`, which has the output's size already. What lies
    // outside `read` counts as zero in every layer, as at the border of a picture.
    MUST_USE enum status (*run)(void *engine, const struct image *in, struct image *out,
                                const struct backend_region *region, const struct cancel *cancel,
                                struct error *err);
    // A pass over a picture of the size that the network is made for. out[k] receives output k:
    // planar [channel][row][column] floats, for which it has room.
    MUST_USE enum status (*analyse)(void *engine, const struct image *in, float *const *out,
                                    const struct cancel *cancel, struct error *err);
    // Valid once a region has run, before that `implementation` is empty.
    void (*describe)(const void *engine, struct backend_info *ret);
};

// The best back end that can run here. Never NULL: the CPU's always can.
const struct backend *backend_best(void);
// Row i of the table, best first; NULL behind the last.
const struct backend *backend_at(size_t i);
// Processors that this process may use.
int backend_cpu_count(void);
