// SPDX-License-Identifier: GPL-3.0-or-later
// backend_onednn.c — networks on the CPU by oneDNN 2.6: with onednn_layers.c the only file that
// sees its types.
//
// Plan by instruction set (measured, docs/measurements.md): bf16 in nhwc where AMX is; f32
// Winograd F(4×4,3×3) in nChw16c with AVX-512 (the library's `auto` does not pick it, and it beats
// direct bf16 where there is AVX512_BF16 without AMX); f32 direct in nChw8c below. Primitives whose
// implementation is a reference kernel are refused. PReLU is a primitive of its own, in place: as
// a post-op it falls to a reference kernel.
//
// A plan is the primitives for one shape; shapes are rounded up to STEP pixels, so that a
// crop that changes size from frame to frame needs few plans. The margin is zeroed after each
// convolution, so that the result is that of the exact shape with zero padding. Activations
// stay in one layout from the first convolution to the last; weights, buffers
// and scratchpad belong to the engine, are shared by its plans and only grow.
//
// Threads: OpenMP inside the primitives (libgomp); omp_set_num_threads() counts for the
// calling thread alone, so each run sets it. Results are the same for any number of threads.
#include "vision/backend_onednn.h"

#include <assert.h>
#include <dnnl.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "vision/onednn_layers.h"

// From libgomp, which oneDNN is built on; clang has no omp.h of its own.
extern void omp_set_num_threads(int n);

enum { STEP = 8 };

// -- choosing

static bool has_isa(dnnl_cpu_isa_t isa)
{
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)isa) == (unsigned)isa;
}

static struct layout choose_layout(enum precision precision)
{
    bool amx = has_isa(dnnl_cpu_isa_avx512_core_amx);
    if (precision == PRECISION_BF16 || (precision == PRECISION_AUTO && amx))
        return (struct layout){dnnl_nhwc, dnnl_bf16, 0, false};
    if (has_isa(dnnl_cpu_isa_avx512_core))
        return (struct layout){dnnl_nChw16c, dnnl_f32, 16, true};
    return (struct layout){dnnl_nChw8c, dnnl_f32, 8, false};
}

static const char *isa_name(void)
{
    if (has_isa(dnnl_cpu_isa_avx512_core_amx))
        return "amx";
    if (has_isa(dnnl_cpu_isa_avx512_core))
        return "avx512";
    return has_isa(dnnl_cpu_isa_avx2) ? "avx2" : "sse41";
}

// -- plans

static void call_done(struct call *c)
{
    for (int i = 0; i < c->n_args; i++)
        if (c->args[i].where != BIND_CONSTANT)
            dnnl_memory_destroy(c->args[i].memory);
    if (c->primitive)
        dnnl_primitive_destroy(c->primitive);
}

static void plan_done(struct plan *p)
{
    for (int i = 0; i < p->n_steps; i++)
        for (int k = 0; k < p->steps[i].n_calls; k++)
            call_done(&p->steps[i].calls[k]);
    free(p->steps);
    free(p->grids);
    *p = (struct plan){0};
}

static enum status plan_fill(struct engine *e, struct plan *p, const struct cancel *cancel,
                             struct error *err)
{
    for (int t = 0; t < e->net->n_tensors; t++) {
        p->grids[t] = onednn_grid(e, p, t);
        int slot = e->slot_of[t];
        enum status s = onednn_grow(&e->slots[slot], &e->slot_bytes[slot], grid_bytes(&p->grids[t]),
                                    err);
        if (s != OK)
            return s;
    }
    for (int i = 0; i < e->net->n_ops; i++) {
        struct step *st = &p->steps[p->n_steps++];
        st->op = &e->net->ops[i];
        enum status s = cancel_check(cancel, err);
        if (s == OK)
            s = onednn_plan_step(e, p, st, err);
        if (s != OK)
            return s;
    }
    return OK;
}

// The plan for a region of this size, made when there is none; the oldest gives way.
static enum status plan_for(struct engine *e, int width, int height, const struct cancel *cancel,
                            struct plan **ret, struct error *err)
{
    width = (width + STEP - 1) / STEP * STEP;
    height = (height + STEP - 1) / STEP * STEP;
    struct plan *oldest = &e->plans[0];
    for (int i = 0; i < MAX_PLANS; i++) {
        struct plan *p = &e->plans[i];
        if (p->width == width && p->height == height) {
            *ret = p;
            return OK;
        }
        oldest = p->last_used < oldest->last_used ? p : oldest;
    }
    plan_done(oldest);
    oldest->grids = mem_zeroed((size_t)e->net->n_tensors, sizeof *oldest->grids);
    oldest->steps = mem_zeroed((size_t)e->net->n_ops, sizeof *oldest->steps);
    oldest->width = width;
    oldest->height = height;
    enum status s = plan_fill(e, oldest, cancel, err);
    if (s != OK)
        plan_done(oldest);
    *ret = oldest;
    return s;
}

// -- running

static struct grid with_data(const struct engine *e, const struct plan *p, int tensor)
{
    struct grid g = p->grids[tensor];
    g.data = e->slots[e->slot_of[tensor]];
    return g;
}

static enum status run_call(const struct engine *e, const struct call *c, struct error *err)
{
    dnnl_exec_arg_t args[MAX_ARGS];
    for (int i = 0; i < c->n_args; i++) {
        const struct binding *b = &c->args[i];
        args[i] = (dnnl_exec_arg_t){b->arg == ARG_SLOPES ? DNNL_ARG_WEIGHTS : b->arg, b->memory};
        if (b->where == BIND_CONSTANT)
            continue;
        void *data = b->where == BIND_STAGING   ? e->staging
                     : b->where == BIND_SCRATCH ? e->scratch
                                                : e->slots[e->slot_of[b->where]];
        TRY(dnnl_memory_set_data_handle(b->memory, data), "binding a tensor");
    }
    TRY(dnnl_primitive_execute(c->primitive, e->stream, c->n_args, args), "a layer");
    TRY(dnnl_stream_wait(e->stream), "a layer");
    return OK;
}

static int scaled(const struct engine *e, int tensor, int px)
{
    const struct tensor *t = &e->net->tensors[tensor];
    return px * t->scale_num / t->scale_den;
}

static enum status run_step(struct engine *e, const struct plan *p, const struct step *st,
                            const struct rect *valid, struct error *err)
{
    const struct op *op = st->op;
    struct grid in = with_data(e, p, op->inputs[0]), out = with_data(e, p, op->output);
    struct grid staging = st->staging;
    staging.data = e->staging;
    if (st->stage_input)
        grid_convert(&staging, &in);
    for (int i = 0; i < st->n_calls; i++) {
        enum status s = run_call(e, &st->calls[i], err);
        if (s != OK)
            return s;
    }
    if (st->stage_output)
        grid_convert(&out, &staging);
    if (op->kind == OP_CONVOLUTION)
        grid_clear_margin(&out, scaled(e, op->output, valid->width),
                          scaled(e, op->output, valid->height), out.width);
    else if (st->own_prelu)
        grid_prelu(&out, op->slopes);
    else if (op->kind == OP_NEAREST)
        grid_nearest(&out, &in, op->factor);
    else if (op->kind == OP_PIXEL_SHUFFLE)
        grid_pixel_shuffle(&out, &in, op->factor);
    else if (op->kind == OP_BICUBIC)
        grid_bicubic(&out, &in, scaled(e, op->inputs[0], valid->width),
                     scaled(e, op->inputs[0], valid->height), op->factor, op->divisor);
    return OK;
}

// Runs all operations over `read` of the picture; the outputs are then in their slots.
static enum status run_plan(struct engine *e, const struct image *in, const struct rect *read,
                            const struct cancel *cancel, struct plan **ret, struct error *err)
{
    omp_set_num_threads(e->threads);
    enum status s = plan_for(e, read->width, read->height, cancel, ret, err);
    if (s != OK)
        return s;
    struct plan *p = *ret;
    p->last_used = ++e->runs;
    struct grid first = with_data(e, p, NETWORK_INPUT);
    grid_load(&first, in, *read);
    for (int i = 0; i < p->n_steps; i++) {
        s = cancel_check(cancel, err);
        if (s == OK)
            s = run_step(e, p, &p->steps[i], read, err);
        if (s != OK)
            return s;
    }
    return OK;
}

static enum status onednn_run(void *engine, const struct image *in, struct image *out,
                              const struct backend_region *region, const struct cancel *cancel,
                              struct error *err)
{
    struct engine *e = engine;
    struct plan *p = NULL;
    enum status s = run_plan(e, in, &region->read, cancel, &p, err);
    if (s != OK)
        return s;
    struct grid last = with_data(e, p, e->net->outputs[0]);
    int f = scaled(e, e->net->outputs[0], 1);
    const struct rect *r = &region->read, *w = &region->write;
    struct rect from = {(w->x - r->x) * f, (w->y - r->y) * f, w->width * f, w->height * f};
    grid_store(out, w->x * f, w->y * f, &last, from);
    return OK;
}

static enum status onednn_analyse(void *engine, const struct image *in, float *const *out,
                                  const struct cancel *cancel, struct error *err)
{
    struct engine *e = engine;
    assert(in->width == e->net->width && in->height == e->net->height);
    const struct rect all = {.width = in->width, .height = in->height};
    struct plan *p = NULL;
    enum status s = run_plan(e, in, &all, cancel, &p, err);
    for (int k = 0; s == OK && k < e->net->n_outputs; k++) {
        struct grid from = with_data(e, p, e->net->outputs[k]), to = from;
        to.data = out[k];
        to.block = 1;
        to.bf16 = false;
        grid_convert(&to, &from);
    }
    return s;
}

// -- the engine

static void onednn_destroy(void *engine)
{
    struct engine *e = engine;
    if (!e)
        return;
    for (int i = 0; i < MAX_PLANS; i++)
        plan_done(&e->plans[i]);
    for (int i = 0; i < e->n_constants; i++)
        dnnl_memory_destroy(e->constants[i].memory);
    free(e->constants);
    for (int i = 0; i < e->n_slots; i++)
        free(e->slots[i]);
    free(e->slots);
    free(e->slot_bytes);
    free(e->slot_of);
    free(e->staging);
    free(e->scratch);
    if (e->stream)
        dnnl_stream_destroy(e->stream);
    if (e->engine)
        dnnl_engine_destroy(e->engine);
    free(e);
}

static enum status open_library(struct engine *e, struct error *err)
{
    TRY(dnnl_engine_create(&e->engine, dnnl_cpu, 0), "starting the engine");
    TRY(dnnl_stream_create(&e->stream, e->engine, dnnl_stream_default_flags), "a stream");
    return OK;
}

static enum status onednn_create(const struct network *net, const struct backend_options *options,
                                 void **ret_engine, struct error *err)
{
    assert(options->threads >= 1);
    if (options->precision == PRECISION_BF16 && !has_isa(dnnl_cpu_isa_avx512_core))
        return error_set(err, ERR_UNAVAILABLE,
                         "precision bf16 needs a processor with AVX-512; this one has %s",
                         isa_name());
    struct engine *e = mem_new(struct engine);
    e->net = net;
    e->threads = options->threads;
    e->layout = choose_layout(options->precision);
    e->slot_of = mem_zeroed((size_t)net->n_tensors, sizeof *e->slot_of);
    e->n_slots = network_assign_slots(net, e->slot_of);
    e->slots = mem_zeroed((size_t)e->n_slots, sizeof *e->slots);
    e->slot_bytes = mem_zeroed((size_t)e->n_slots, sizeof *e->slot_bytes);
    enum status s = open_library(e, err);
    if (s != OK) {
        onednn_destroy(e);
        return s;
    }
    *ret_engine = e;
    return OK;
}

static size_t onednn_bytes_per_px(const void *engine)
{
    const struct engine *e = engine;
    const struct plan unit = {.width = 16, .height = 16};
    size_t *slots = mem_zeroed((size_t)e->n_slots, sizeof *slots), sum = 0;
    for (int t = 0; t < e->net->n_tensors; t++) {
        struct grid g = onednn_grid(e, &unit, t);
        size_t bytes = grid_bytes(&g), *slot = &slots[e->slot_of[t]];
        *slot = bytes > *slot ? bytes : *slot;
    }
    for (int i = 0; i < e->n_slots; i++)
        sum += slots[i];
    free(slots);
    return sum / 256 + 1;
}

static void onednn_device(int threads, char *dst, size_t size)
{
    (void)snprintf(dst, size, "cpu-%s-%d", isa_name(), threads);
}

static void onednn_describe(const void *engine, struct backend_info *ret)
{
    const struct engine *e = engine;
    *ret = (struct backend_info){.engine = "onednn",
                                 .precision = e->layout.type == dnnl_bf16 ? "bf16" : "f32"};
    onednn_device(e->threads, ret->device, sizeof ret->device);
    text_copy(ret->implementation, sizeof ret->implementation, e->implementation);
}

static bool onednn_probe(void)
{
    return true;
}

const struct backend backend_onednn = {
    .name = "onednn",
    .probe = onednn_probe,
    .device = onednn_device,
    .create = onednn_create,
    .destroy = onednn_destroy,
    .bytes_per_px = onednn_bytes_per_px,
    .run = onednn_run,
    .analyse = onednn_analyse,
    .describe = onednn_describe,
};
