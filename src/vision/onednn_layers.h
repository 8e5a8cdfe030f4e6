// SPDX-License-Identifier: GPL-3.0-or-later
// onednn_layers.h — inside the oneDNN back end: what its engine holds, and how one operation of a
// network becomes calls of primitives. Only backend_onednn.c and onednn_layers.c include it.
//
// Ownership: see the fields; weights laid out once belong to the engine, memory objects that are
// bound to tensors belong to their call. Threads: one at a time per engine.
#pragma once

#include <dnnl.h>
#include <stdint.h>

#include "vision/backend.h"

enum { MAX_PLANS = 4, MAX_ARGS = NETWORK_MAX_INPUTS + 3 };

// Where an argument of a call points to, if not to the tensor of that number.
enum { BIND_STAGING = -1, BIND_SCRATCH = -2, BIND_CONSTANT = -3 };

// The slopes' key among an operation's constants; a convolution has weights of its own.
#define ARG_SLOPES DNNL_ARG_WEIGHTS_2

struct binding {
    int arg; // DNNL_ARG_*
    int where;
    dnnl_memory_t memory;
};

struct call {
    dnnl_primitive_t primitive;
    struct binding args[MAX_ARGS];
    int n_args;
};

struct step {
    const struct op *op;
    struct call calls[2]; // a convolution, and its leaky ReLU where it does not fuse
    int n_calls;
    struct grid staging; // no channels: not used
    bool stage_input;    // input → staging before the calls
    bool stage_output;   // staging → output after them
    bool own_prelu;      // the library's would be a reference kernel
};

struct plan {
    int width, height;  // in input pixels
    struct grid *grids; // per tensor
    struct step *steps;
    int n_steps;
    uint64_t last_used;
};

// How tensors of features (16 channels and more) lie in memory.
struct layout {
    dnnl_format_tag_t tag;
    dnnl_data_type_t type;
    int block; // 0: all channels
    bool winograd;
};

// Weights in the layout that some primitive wants: shared by all plans that want the same.
struct constant {
    const struct op *op;
    int arg;
    dnnl_memory_desc_t desc;
    dnnl_memory_t memory;
};

struct engine {
    const struct network *net;
    struct layout layout;
    int threads;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int *slot_of;
    int n_slots;
    void **slots;
    size_t *slot_bytes;
    void *staging, *scratch;
    size_t staging_bytes, scratch_bytes;
    struct plan plans[MAX_PLANS];
    struct constant *constants;
    int n_constants;
    uint64_t runs;
    char implementation[64];
};

// Sets the error for what oneDNN answered, and returns its status.
__attribute__((cold)) enum status onednn_failed(dnnl_status_t s, const char *what,
                                                struct error *err);
#define TRY(call, what)                                                                            \
    do {                                                                                           \
        dnnl_status_t status_ = (call);                                                            \
        if (status_ != dnnl_success)                                                               \
            return onednn_failed(status_, what, err);                                              \
    } while (0)

// The shape and layout of a tensor in a plan; no data.
struct grid onednn_grid(const struct engine *e, const struct plan *p, int tensor);
// Makes the block at least `need` bytes, zeroed when new; the contents are lost when it grows.
MUST_USE enum status onednn_grow(void **block, size_t *have, size_t need, struct error *err);
// Fills the step's calls for its operation; nothing for one that only moves pixels (grid.h).
MUST_USE enum status onednn_plan_step(struct engine *e, struct plan *p, struct step *st,
                                      struct error *err);
