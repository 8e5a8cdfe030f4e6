// SPDX-License-Identifier: GPL-3.0-or-later
// backend_onednn.c — networks on the CPU by oneDNN 2.6: the only file that sees its types.
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
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

// From libgomp, which oneDNN is built on; clang has no omp.h of its own.
extern void omp_set_num_threads(int n);

enum {
    STEP = 8,
    MAX_PLANS = 4,
    MAX_ARGS = NETWORK_MAX_INPUTS + 3,
    MAX_WINOGRAD_SCRATCH = 64 << 20,
};

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

__attribute__((cold)) static enum status failed(dnnl_status_t s, const char *what,
                                                struct error *err)
{
    enum status status = s == dnnl_out_of_memory ? ERR_MEMORY : ERR_INTERNAL;
    error_set(err, status, "upscaler: %s failed in oneDNN", what);
    error_detail(err, "dnnl_status %d", (int)s);
    return status;
}

#define TRY(call, what)                                                                            \
    do {                                                                                           \
        dnnl_status_t status_ = (call);                                                            \
        if (status_ != dnnl_success)                                                               \
            return failed(status_, what, err);                                                     \
    } while (0)

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

// -- building blocks

static bool is_picture(const struct tensor *t)
{
    return t->channels < 8;
}

static struct grid grid_of(const struct engine *e, const struct plan *p, int tensor)
{
    const struct tensor *t = &e->net->tensors[tensor];
    bool picture = is_picture(t);
    int block = e->layout.block ? e->layout.block : t->channels;
    return (struct grid){.channels = t->channels,
                         .block = picture ? 1 : block,
                         .width = p->width * t->scale_num / t->scale_den,
                         .height = p->height * t->scale_num / t->scale_den,
                         .bf16 = !picture && e->layout.type == dnnl_bf16};
}

// The layout of features for any grid, a picture's too.
static struct grid as_features(const struct engine *e, struct grid g)
{
    g.block = e->layout.block ? e->layout.block : g.channels;
    g.bf16 = e->layout.type == dnnl_bf16;
    return g;
}

static enum status describe_grid(const struct engine *e, const struct grid *g,
                                 dnnl_memory_desc_t *ret, struct error *err)
{
    const dnnl_dims_t dims = {1, g->channels, g->height, g->width};
    bool planar = g->block == 1;
    TRY(dnnl_memory_desc_init_by_tag(ret, 4, dims, planar ? dnnl_f32 : e->layout.type,
                                     planar ? dnnl_nchw : e->layout.tag),
        "describing a tensor");
    return OK;
}

static void bind(struct call *c, int arg, int where, dnnl_memory_t memory)
{
    assert(c->n_args < MAX_ARGS);
    c->args[c->n_args++] = (struct binding){arg, where, memory};
}

static enum status bind_memory(const struct engine *e, struct call *c, int arg, int where,
                               const dnnl_memory_desc_t *desc, struct error *err)
{
    dnnl_memory_t memory = NULL;
    TRY(dnnl_memory_create(&memory, desc, e->engine, DNNL_MEMORY_NONE), "making a tensor");
    bind(c, arg, where, memory);
    return OK;
}

// Fills `target`, which lies as `to` says, with `values`, which lie as `from` says.
static dnnl_status_t lay_out(const struct engine *e, dnnl_memory_t target,
                             const dnnl_memory_desc_t *to, const float *values,
                             const dnnl_memory_desc_t *from)
{
    dnnl_memory_t source = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_status_t r = dnnl_memory_create(&source, from, e->engine, (void *)(uintptr_t)values);
    if (r == dnnl_success)
        r = dnnl_reorder_primitive_desc_create(&pd, from, e->engine, to, e->engine, NULL);
    if (r == dnnl_success)
        r = dnnl_primitive_create(&reorder, pd);
    if (r == dnnl_success) {
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
        r = dnnl_primitive_execute(reorder, e->stream, 2, args);
    }
    if (r == dnnl_success)
        r = dnnl_stream_wait(e->stream);
    if (reorder)
        dnnl_primitive_destroy(reorder);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (source)
        dnnl_memory_destroy(source);
    return r;
}

static dnnl_memory_t find_constant(const struct engine *e, const struct op *op, int arg,
                                   const dnnl_memory_desc_t *desc)
{
    for (int i = 0; i < e->n_constants; i++) {
        const struct constant *k = &e->constants[i];
        if (k->op == op && k->arg == arg && dnnl_memory_desc_equal(&k->desc, desc))
            return k->memory;
    }
    return NULL;
}

// Binds weights of `op` laid out as `desc`, made from `values` when no plan had them before.
static enum status bind_constant(struct engine *e, struct call *c, const struct op *op, int arg,
                                 const dnnl_memory_desc_t *desc, const dnnl_memory_desc_t *from,
                                 const float *values, struct error *err)
{
    dnnl_memory_t memory = find_constant(e, op, arg, desc);
    if (!memory) {
        TRY(dnnl_memory_create(&memory, desc, e->engine, DNNL_MEMORY_ALLOCATE), "making weights");
        dnnl_status_t r = lay_out(e, memory, desc, values, from);
        if (r != dnnl_success) {
            dnnl_memory_destroy(memory);
            return failed(r, "laying out weights", err);
        }
        size_t n = (size_t)e->n_constants++;
        e->constants = mem_resize(e->constants, n + 1, sizeof *e->constants);
        e->constants[n] = (struct constant){op, arg, *desc, memory};
    }
    bind(c, arg, BIND_CONSTANT, memory);
    return OK;
}

static enum status grow(void **block, size_t *have, size_t need, struct error *err)
{
    if (need <= *have)
        return OK;
    void *data = mem_try_array(need, 1);
    if (!data)
        return error_set(err, ERR_MEMORY, "upscaler: no memory for %zu bytes", need);
    memset(data, 0, need);
    free(*block);
    *block = data;
    *have = need;
    return OK;
}

static bool is_reference(dnnl_primitive_desc_t pd)
{
    const char *name = "";
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
    return strncmp(name, "ref", 3) == 0;
}

static const dnnl_memory_desc_t *wanted(dnnl_primitive_desc_t pd, dnnl_query_t what, int i)
{
    return dnnl_primitive_desc_query_md(pd, what, i);
}

static size_t scratch_bytes(dnnl_primitive_desc_t pd)
{
    return dnnl_memory_desc_get_size(wanted(pd, dnnl_query_scratchpad_md, 0));
}

// Makes the call's primitive and binds its scratchpad. Takes the description over.
static enum status make_primitive(struct engine *e, struct call *c, dnnl_primitive_desc_t pd,
                                  struct error *err)
{
    dnnl_status_t r = dnnl_primitive_create(&c->primitive, pd);
    enum status s = r == dnnl_success ? OK : failed(r, "compiling a kernel", err);
    if (s == OK && scratch_bytes(pd)) {
        s = bind_memory(e, c, DNNL_ARG_SCRATCHPAD, BIND_SCRATCH,
                        wanted(pd, dnnl_query_scratchpad_md, 0), err);
        if (s == OK)
            s = grow(&e->scratch, &e->scratch_bytes, scratch_bytes(pd), err);
    }
    dnnl_primitive_desc_destroy(pd);
    return s;
}

static dnnl_primitive_attr_t user_scratchpad(void)
{
    dnnl_primitive_attr_t attr = NULL;
    if (dnnl_primitive_attr_create(&attr) == dnnl_success)
        dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    return attr;
}

// -- convolution

struct conv_shapes {
    dnnl_memory_desc_t src, dst, weights, bias;
};

// NULL when oneDNN has no fast kernel for this algorithm.
static dnnl_primitive_desc_t conv_desc(const struct engine *e, const struct op *op,
                                       const struct conv_shapes *m, dnnl_alg_kind_t algorithm,
                                       bool leaky)
{
    const dnnl_dims_t ones = {1, 1}, pad = {op->kernel / 2, op->kernel / 2};
    dnnl_convolution_desc_t desc;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = user_scratchpad();
    dnnl_post_ops_t post = NULL;
    if (leaky && dnnl_post_ops_create(&post) == dnnl_success) {
        dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, op->leaky, 0);
        dnnl_primitive_attr_set_post_ops(attr, post);
        dnnl_post_ops_destroy(post);
    }
    if (dnnl_convolution_forward_desc_init(&desc, dnnl_forward_inference, algorithm, &m->src,
                                           &m->weights, &m->bias, &m->dst, ones, pad,
                                           pad) != dnnl_success ||
        dnnl_primitive_desc_create(&pd, &desc, attr, e->engine, NULL) != dnnl_success)
        pd = NULL;
    dnnl_primitive_attr_destroy(attr);
    bool too_big = pd && algorithm == dnnl_convolution_winograd &&
                   scratch_bytes(pd) > MAX_WINOGRAD_SCRATCH;
    if (pd && (is_reference(pd) || too_big)) {
        dnnl_primitive_desc_destroy(pd);
        pd = NULL;
    }
    return pd;
}

static enum status add_prelu(struct engine *e, struct step *st, int tensor, const struct grid *g,
                             const float *slopes, struct error *err);

static enum status conv_shapes(const struct engine *e, const struct op *op, const struct grid *in,
                               const struct grid *out, struct conv_shapes *m, struct error *err)
{
    const dnnl_dims_t weights = {out->channels, in->channels, op->kernel, op->kernel};
    const dnnl_dims_t bias = {out->channels};
    if (describe_grid(e, in, &m->src, err) != OK || describe_grid(e, out, &m->dst, err) != OK)
        return ERR_INTERNAL;
    TRY(dnnl_memory_desc_init_by_tag(&m->weights, 4, weights, e->layout.type, dnnl_format_tag_any),
        "describing weights");
    TRY(dnnl_memory_desc_init_by_tag(&m->bias, 1, bias, dnnl_f32, dnnl_a), "describing a bias");
    return OK;
}

static enum status bind_weights(struct engine *e, struct call *c, dnnl_primitive_desc_t pd,
                                const struct op *op, const struct conv_shapes *m, struct error *err)
{
    dnnl_memory_desc_t plain;
    TRY(dnnl_memory_desc_init_by_tag(&plain, 4, m->weights.dims, dnnl_f32, dnnl_oihw),
        "describing weights");
    enum status s = bind_constant(e, c, op, DNNL_ARG_WEIGHTS, wanted(pd, dnnl_query_weights_md, 0),
                                  &plain, op->weights, err);
    return s == OK ? bind_constant(e, c, op, DNNL_ARG_BIAS, &m->bias, &m->bias, op->bias, err) : s;
}

// What the convolution reads and writes: a picture in bf16 goes through the staging buffer, and
// so does a picture that it makes.
static enum status stage(struct engine *e, struct step *st, struct grid *in, struct grid *out,
                         struct error *err)
{
    st->stage_input = in->block == 1 && e->layout.type == dnnl_bf16;
    st->stage_output = out->block == 1;
    if (st->stage_input && st->stage_output)
        return error_set(err, ERR_MODEL, "layer %s: from picture to picture in one convolution",
                         st->op->name);
    struct grid *through = st->stage_input ? in : st->stage_output ? out : NULL;
    if (!through)
        return OK;
    *through = st->staging = as_features(e, *through);
    return grow(&e->staging, &e->staging_bytes, grid_bytes(through), err);
}

static enum status plan_convolution(struct engine *e, struct plan *p, struct step *st,
                                    struct error *err)
{
    const struct op *op = st->op;
    struct grid in = p->grids[op->inputs[0]], out = p->grids[op->output];
    struct conv_shapes m;
    enum status s = stage(e, st, &in, &out, err);
    if (s == OK)
        s = conv_shapes(e, op, &in, &out, &m, err);
    if (s != OK)
        return s;
    bool own_leaky = op->has_leaky && e->layout.winograd && !st->stage_output;
    dnnl_primitive_desc_t pd = NULL;
    if (e->layout.winograd && op->kernel == 3 && in.block > 1)
        pd = conv_desc(e, op, &m, dnnl_convolution_winograd, false);
    own_leaky = own_leaky && pd;
    if (!pd)
        pd = conv_desc(e, op, &m, dnnl_convolution_direct, op->has_leaky);
    if (!pd)
        return error_set(err, ERR_MODEL, "layer %s: oneDNN has no fast kernel for its shape",
                         op->name);
    const char *name = "";
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
    if (in.channels >= 16)
        text_copy(e->implementation, sizeof e->implementation, name);
    struct call *c = &st->calls[st->n_calls++];
    s = bind_weights(e, c, pd, op, &m, err);
    if (s == OK)
        s = bind_memory(e, c, DNNL_ARG_SRC, st->stage_input ? BIND_STAGING : op->inputs[0], &m.src,
                        err);
    if (s == OK)
        s = bind_memory(e, c, DNNL_ARG_DST, st->stage_output ? BIND_STAGING : op->output, &m.dst,
                        err);
    if (s != OK) {
        dnnl_primitive_desc_destroy(pd);
        return s;
    }
    s = make_primitive(e, c, pd, err);
    if (s != OK || !own_leaky)
        return s;
    float slopes[NETWORK_MAX_CHANNELS];
    for (int i = 0; i < out.channels; i++)
        slopes[i] = op->leaky;
    return add_prelu(e, st, op->output, &out, slopes, err);
}

// -- the other operations

// A PReLU in place over `tensor`.
static enum status add_prelu(struct engine *e, struct step *st, int tensor, const struct grid *g,
                             const float *slopes, struct error *err)
{
    const dnnl_dims_t per_channel = {1, g->channels, 1, 1};
    dnnl_memory_desc_t data, weights, plain;
    if (describe_grid(e, g, &data, err) != OK)
        return ERR_INTERNAL;
    TRY(dnnl_memory_desc_init_by_tag(&weights, 4, per_channel, dnnl_f32, e->layout.tag),
        "describing slopes");
    TRY(dnnl_memory_desc_init_by_tag(&plain, 4, per_channel, dnnl_f32, dnnl_nchw),
        "describing slopes");
    dnnl_prelu_desc_t desc;
    dnnl_primitive_desc_t pd = NULL;
    TRY(dnnl_prelu_forward_desc_init(&desc, dnnl_forward_inference, &data, &weights), "PReLU");
    dnnl_primitive_attr_t attr = user_scratchpad();
    dnnl_status_t r = dnnl_primitive_desc_create(&pd, &desc, attr, e->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    if (r != dnnl_success)
        return failed(r, "PReLU", err);
    if (is_reference(pd)) { // before AVX2
        dnnl_primitive_desc_destroy(pd);
        st->own_prelu = true;
        return OK;
    }
    struct call *c = &st->calls[st->n_calls++];
    enum status s = bind_constant(e, c, st->op, ARG_SLOPES, &weights, &plain, slopes, err);
    if (s == OK)
        s = bind_memory(e, c, DNNL_ARG_SRC, tensor, &data, err);
    if (s == OK)
        s = bind_memory(e, c, DNNL_ARG_DST, tensor, &data, err);
    if (s == OK)
        return make_primitive(e, c, pd, err);
    dnnl_primitive_desc_destroy(pd);
    return s;
}

static enum status plan_prelu(struct engine *e, struct plan *p, struct step *st, struct error *err)
{
    const struct op *op = st->op;
    if (e->slot_of[op->inputs[0]] != e->slot_of[op->output] || p->grids[op->output].block == 1)
        return error_set(err, ERR_MODEL, "layer %s: a PReLU that cannot work in place", op->name);
    return add_prelu(e, st, op->output, &p->grids[op->output], op->slopes, err);
}

// Sum and concatenation: n inputs, one output.
static enum status plan_many(struct engine *e, struct plan *p, struct step *st, struct error *err)
{
    const struct op *op = st->op;
    dnnl_memory_desc_t src[NETWORK_MAX_INPUTS], dst;
    if (describe_grid(e, &p->grids[op->output], &dst, err) != OK)
        return ERR_INTERNAL;
    for (int i = 0; i < op->n_inputs; i++)
        if (describe_grid(e, &p->grids[op->inputs[i]], &src[i], err) != OK)
            return ERR_INTERNAL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = user_scratchpad();
    dnnl_status_t r = op->kind == OP_ADD
                          ? dnnl_sum_primitive_desc_create(&pd, &dst, 2, op->add_scale, src, attr,
                                                           e->engine)
                          : dnnl_concat_primitive_desc_create(&pd, &dst, op->n_inputs, 1, src, attr,
                                                              e->engine);
    dnnl_primitive_attr_destroy(attr);
    if (r != dnnl_success)
        return failed(r, "sum or concatenation", err);
    struct call *c = &st->calls[st->n_calls++];
    enum status s = bind_memory(e, c, DNNL_ARG_DST, op->output, &dst, err);
    for (int i = 0; s == OK && i < op->n_inputs; i++)
        s = bind_memory(e, c, DNNL_ARG_MULTIPLE_SRC + i, op->inputs[i], &src[i], err);
    if (s == OK)
        return make_primitive(e, c, pd, err);
    dnnl_primitive_desc_destroy(pd);
    return s;
}

// Operations without a row here only move pixels (grid.h) and need no plan.
static enum status (*const planners[OP_KIND_COUNT])(struct engine *, struct plan *, struct step *,
                                                    struct error *) = {
    [OP_CONVOLUTION] = plan_convolution,
    [OP_PRELU] = plan_prelu,
    [OP_ADD] = plan_many,
    [OP_CONCAT] = plan_many,
};

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
        p->grids[t] = grid_of(e, p, t);
        int slot = e->slot_of[t];
        enum status s = grow(&e->slots[slot], &e->slot_bytes[slot], grid_bytes(&p->grids[t]), err);
        if (s != OK)
            return s;
    }
    for (int i = 0; i < e->net->n_ops; i++) {
        struct step *st = &p->steps[p->n_steps++];
        st->op = &e->net->ops[i];
        enum status s = cancel_check(cancel, err);
        if (s == OK && planners[st->op->kind])
            s = planners[st->op->kind](e, p, st, err);
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

static enum status onednn_run(void *engine, const struct image *in, struct image *out,
                              const struct backend_region *region, const struct cancel *cancel,
                              struct error *err)
{
    struct engine *e = engine;
    struct plan *p = NULL;
    omp_set_num_threads(e->threads);
    enum status s = plan_for(e, region->read.width, region->read.height, cancel, &p, err);
    if (s != OK)
        return s;
    p->last_used = ++e->runs;
    struct grid first = with_data(e, p, NETWORK_INPUT);
    grid_load(&first, in, region->read);
    for (int i = 0; i < p->n_steps; i++) {
        s = cancel_check(cancel, err);
        if (s == OK)
            s = run_step(e, p, &p->steps[i], &region->read, err);
        if (s != OK)
            return s;
    }
    struct grid last = with_data(e, p, e->net->output);
    int f = scaled(e, e->net->output, 1);
    const struct rect *r = &region->read, *w = &region->write;
    struct rect from = {(w->x - r->x) * f, (w->y - r->y) * f, w->width * f, w->height * f};
    grid_store(out, w->x * f, w->y * f, &last, from);
    return OK;
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
        struct grid g = grid_of(e, &unit, t);
        size_t bytes = grid_bytes(&g), *slot = &slots[e->slot_of[t]];
        *slot = bytes > *slot ? bytes : *slot;
    }
    for (int i = 0; i < e->n_slots; i++)
        sum += slots[i];
    free(slots);
    return sum / 256 + 1;
}

static void onednn_describe(const void *engine, struct backend_info *ret)
{
    const struct engine *e = engine;
    *ret = (struct backend_info){.engine = "onednn",
                                 .precision = e->layout.type == dnnl_bf16 ? "bf16" : "f32"};
    (void)snprintf(ret->device, sizeof ret->device, "cpu-%s-%d", isa_name(), e->threads);
    text_copy(ret->implementation, sizeof ret->implementation, e->implementation);
}

static bool onednn_probe(void)
{
    return true;
}

const struct backend backend_onednn = {
    .name = "onednn",
    .probe = onednn_probe,
    .create = onednn_create,
    .destroy = onednn_destroy,
    .bytes_per_px = onednn_bytes_per_px,
    .run = onednn_run,
    .describe = onednn_describe,
};
