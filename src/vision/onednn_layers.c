// SPDX-License-Identifier: GPL-3.0-or-later
// onednn_layers.c — see onednn_layers.h, and backend_onednn.c for the choices.
#include "vision/onednn_layers.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

enum { MAX_WINOGRAD_SCRATCH = 64 << 20 };

__attribute__((cold)) enum status onednn_failed(dnnl_status_t s, const char *what,
                                                struct error *err)
{
    enum status status = s == dnnl_out_of_memory ? ERR_MEMORY : ERR_INTERNAL;
    error_set(err, status, "network: %s failed in oneDNN", what);
    error_detail(err, "dnnl_status %d", (int)s);
    return status;
}

static bool is_picture(const struct tensor *t)
{
    return t->channels < 8;
}

struct grid onednn_grid(const struct engine *e, const struct plan *p, int tensor)
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
            return onednn_failed(r, "laying out weights", err);
        }
        size_t n = (size_t)e->n_constants++;
        e->constants = mem_resize(e->constants, n + 1, sizeof *e->constants);
        e->constants[n] = (struct constant){op, arg, *desc, memory};
    }
    bind(c, arg, BIND_CONSTANT, memory);
    return OK;
}

enum status onednn_grow(void **block, size_t *have, size_t need, struct error *err)
{
    if (need <= *have)
        return OK;
    void *data = mem_try_array(need, 1);
    if (!data)
        return error_set(err, ERR_MEMORY, "network: no memory for %zu bytes", need);
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
    enum status s = r == dnnl_success ? OK : onednn_failed(r, "compiling a kernel", err);
    if (s == OK && scratch_bytes(pd)) {
        s = bind_memory(e, c, DNNL_ARG_SCRATCHPAD, BIND_SCRATCH,
                        wanted(pd, dnnl_query_scratchpad_md, 0), err);
        if (s == OK)
            s = onednn_grow(&e->scratch, &e->scratch_bytes, scratch_bytes(pd), err);
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
    const dnnl_dims_t step = {op->stride, op->stride}, pad = {op->kernel / 2, op->kernel / 2};
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
                                           &m->weights, &m->bias, &m->dst, step, pad,
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
    return onednn_grow(&e->staging, &e->staging_bytes, grid_bytes(through), err);
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
    if (e->layout.winograd && op->kernel == 3 && op->stride == 1 && in.block > 1)
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
        return onednn_failed(r, "PReLU", err);
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
        return onednn_failed(r, "sum or concatenation", err);
    struct call *c = &st->calls[st->n_calls++];
    enum status s = bind_memory(e, c, DNNL_ARG_DST, op->output, &dst, err);
    for (int i = 0; s == OK && i < op->n_inputs; i++)
        s = bind_memory(e, c, DNNL_ARG_MULTIPLE_SRC + i, op->inputs[i], &src[i], err);
    if (s == OK)
        return make_primitive(e, c, pd, err);
    dnnl_primitive_desc_destroy(pd);
    return s;
}

// One input, one output, nothing learnt: the description is ready, its primitive is made and bound.
static enum status plan_plain(struct engine *e, struct step *st, const_dnnl_op_desc_t desc,
                              const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *dst,
                              struct error *err)
{
    const struct op *op = st->op;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = user_scratchpad();
    dnnl_status_t r = dnnl_primitive_desc_create(&pd, desc, attr, e->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    if (r != dnnl_success)
        return onednn_failed(r, op->name, err);
    struct call *c = &st->calls[st->n_calls++];
    enum status s = bind_memory(e, c, DNNL_ARG_SRC, op->inputs[0], src, err);
    if (s == OK)
        s = bind_memory(e, c, DNNL_ARG_DST, op->output, dst, err);
    if (s == OK)
        return make_primitive(e, c, pd, err);
    dnnl_primitive_desc_destroy(pd);
    return s;
}

static enum status plan_max_pool(struct engine *e, struct plan *p, struct step *st,
                                 struct error *err)
{
    const struct op *op = st->op;
    const dnnl_dims_t kernel = {op->kernel, op->kernel}, step = {op->stride, op->stride};
    const dnnl_dims_t pad = {op->kernel / 2, op->kernel / 2};
    dnnl_memory_desc_t src, dst;
    dnnl_pooling_desc_t desc;
    if (describe_grid(e, &p->grids[op->inputs[0]], &src, err) != OK ||
        describe_grid(e, &p->grids[op->output], &dst, err) != OK)
        return ERR_INTERNAL;
    TRY(dnnl_pooling_forward_desc_init(&desc, dnnl_forward_inference, dnnl_pooling_max, &src, &dst,
                                       step, kernel, pad, pad),
        "pooling");
    return plan_plain(e, st, &desc, &src, &dst, err);
}

static enum status plan_bilinear(struct engine *e, struct plan *p, struct step *st,
                                 struct error *err)
{
    const struct op *op = st->op;
    dnnl_memory_desc_t src, dst;
    dnnl_resampling_desc_t desc;
    if (describe_grid(e, &p->grids[op->inputs[0]], &src, err) != OK ||
        describe_grid(e, &p->grids[op->output], &dst, err) != OK)
        return ERR_INTERNAL;
    TRY(dnnl_resampling_forward_desc_init(&desc, dnnl_forward_inference, dnnl_resampling_linear,
                                          NULL, &src, &dst),
        "resampling");
    return plan_plain(e, st, &desc, &src, &dst, err);
}

// Operations without a row here only move pixels (grid.h) and need no plan.
static enum status (*const planners[OP_KIND_COUNT])(struct engine *, struct plan *, struct step *,
                                                    struct error *) = {
    [OP_CONVOLUTION] = plan_convolution,
    [OP_PRELU] = plan_prelu,
    [OP_ADD] = plan_many,
    [OP_CONCAT] = plan_many,
    [OP_MAX_POOL] = plan_max_pool,
    [OP_BILINEAR] = plan_bilinear,
};

enum status onednn_plan_step(struct engine *e, struct plan *p, struct step *st, struct error *err)
{
    return planners[st->op->kind] ? planners[st->op->kind](e, p, st, err) : OK;
}
