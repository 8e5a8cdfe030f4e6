// SPDX-License-Identifier: GPL-3.0-or-later
// upscaler.h — makes pictures larger with a Real-ESRGAN network.
//
// Pictures are planar RGB float (base/image.h) in [0, 1]; the output is factor × as wide and high
// and is not clamped. Any size from 1×1: a picture too large for the working memory goes through
// in overlapping tiles. For the compact networks (x4fast, animevideov3) the overlap is the whole
// receptive field, so that the result is the untiled one; for x4plus see upscaler.c.
// Results are the same for any number of threads, and from run to run.
// Ownership: the caller's images; an upscaler owns its weights and buffers (about 200 MB at
// most, whatever the pictures' size). Threads: one caller at a time; several upscalers may
// run side by side, each with its own threads.
// Errors: ERR_MODEL (weights missing or damaged: says where it looked and how to fetch them),
// ERR_UNAVAILABLE (a precision this machine cannot do), ERR_MEMORY, ERR_CANCELLED.
#pragma once

#include "base/image.h"
#include "sys/cancel.h"
#include "vision/backend.h"

struct upscaler;

// All zero is the default: x4fast on all processors.
struct upscaler_options {
    const char *model; // a name from upscaler_model_at(), or the path of a .param; NULL: default
    const char *model_dir; // where the models lie; NULL: see upscaler_model_find()
    int threads;           // 0: all that this process may use
    enum precision precision;
};

// What was loaded. The strings live as long as the upscaler.
struct upscaler_info {
    struct backend_info backend;
    const char *model; // name or path, as asked for
    const char *path;  // of the .param
    int factor;
    double mflop_per_px; // per input pixel
};

// Loads the model and prepares the device. *ret is freed by upscaler_free().
MUST_USE enum status upscaler_new(const struct upscaler_options *options,
                                  const struct cancel *cancel, struct upscaler **ret,
                                  struct error *err);
void upscaler_free(struct upscaler *u);
AUTO_DEFINE(struct upscaler, upscaler_free)

// What an upscaler with so many threads (0: all) would run on, "cpu-avx512-2", without loading one.
void upscaler_device(int threads, char *dst, size_t size);

// How many times wider and higher the output is.
int upscaler_factor(const struct upscaler *u);
struct upscaler_info upscaler_info(const struct upscaler *u);

// Resizes `out` and fills it. Stops within a layer's time (well below a second) once `cancel`
// fires; `out` is then undefined, the upscaler usable as before.
MUST_USE enum status upscaler_run(struct upscaler *u, const struct image *in, struct image *out,
                                  const struct cancel *cancel, struct error *err);

// -- for tests of the tiling

// Tiles of at most `px` pixels from now on (never less than three overlaps squared).
void upscaler_limit_tile(struct upscaler *u, size_t px);
// How many tiles a picture of this size takes.
int upscaler_tile_count(const struct upscaler *u, int width, int height);

// -- the models by name

struct upscaler_model {
    const char *name; // for --model
    const char *file; // without .param and .bin
    int factor;
    const char *text; // what it is good for
};

// Row i of the table, the default first; NULL behind the last.
const struct upscaler_model *upscaler_model_at(size_t i);

// The path of the model's .param (in dst), which is there together with its .bin: found by name as
// model_file.h says, or given as a path.
MUST_USE enum status upscaler_model_find(const char *model, const char *model_dir, char *dst,
                                         size_t size, struct error *err);
