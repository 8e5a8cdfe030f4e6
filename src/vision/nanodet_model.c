// SPDX-License-Identifier: GPL-3.0-or-later
// nanodet_model.c — see nanodet_model.h.
//
// The nodes are taken in the order of the file, in which each comes after its inputs. A node makes
// a value: a constant, a tensor of the network (perhaps turned, perhaps with a padding that the
// next layer will use), or a part of the answer behind the split. Bias and leaky ReLU change the
// convolution before them, so whoever still reads the value from before is refused.
#include "vision/nanodet_model.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sys/file.h"
#include "vision/tfjs_attribute.h"
#include "vision/tfjs_weights.h"

enum {
    MAX_JSON_BYTES = 4 << 20,
    MAX_BIN_BYTES = 64 << 20,
    MAX_NODES = NETWORK_MAX_OPS,
    MAX_NAME = 256,
    MAX_NODE_INPUTS = NETWORK_MAX_INPUTS + 1,
    MAX_SIDE_PX = 2048,
};

enum value_kind {
    VALUE_CONSTANT, // of the weights
    VALUE_SHAPE,    // computed from constants; only shapes of the answer are
    VALUE_TENSOR,
    VALUE_ANSWER, // behind the split
};

struct value {
    const char *name;
    enum value_kind kind;
    const struct tfjs_weight *weight; // CONSTANT
    // -- TENSOR
    int tensor;
    int version;
    bool channels_last; // turned to rows × columns × channels
    int pad;            // pixels around it, for the next layer
    bool pad_lowest;    // they are −∞ and not 0
};

// What is known of a tensor while the graph is read.
struct trace {
    int op;      // that makes it; −1 for the picture
    int version; // how often bias and activation were put into that operation
    int readers;
};

struct parser {
    struct network *net;
    struct trace *traces;
    struct tfjs_weights weights;
    struct value *values;
    int n_values;
    struct error *err;
};

struct node {
    struct jr json;
    const char *name, *op;
    struct value in[MAX_NODE_INPUTS];
    int n_in;
};

typedef const char *node_fn(struct parser *p, struct node *n, struct value *out);

// -- attributes

static bool plain_layer(const struct node *n) // base64 of "NHWC" and "VALID"
{
    return tfjs_text_is(&n->json, "data_format", "TkhXQw==") &&
           tfjs_text_is(&n->json, "padding", "VkFMSUQ=");
}

// -- tensors

static struct tensor *shape_of(const struct parser *p, const struct value *v)
{
    return &p->net->tensors[v->tensor];
}

static bool is_tensor(const struct value *v, bool channels_last)
{
    return v->kind == VALUE_TENSOR && v->channels_last == channels_last;
}

static bool is_plain(const struct value *v, bool channels_last)
{
    return is_tensor(v, channels_last) && v->pad == 0;
}

static bool is_constant(const struct value *v, int rank)
{
    return v->kind == VALUE_CONSTANT && v->weight->rank == rank;
}

static bool same_shape(const struct tensor *a, const struct tensor *b)
{
    return a->scale_num == b->scale_num && a->scale_den == b->scale_den;
}

// A new operation and its output; the caller fills the rest.
static struct op *add_op(struct parser *p, const struct node *n, enum op_kind kind,
                         const struct tensor *shape, struct value *out)
{
    struct network *net = p->net;
    struct op *op = &net->ops[net->n_ops];
    op->kind = kind;
    text_copy(op->name, sizeof op->name, n->name);
    for (int i = 0; i < n->n_in && op->n_inputs < NETWORK_MAX_INPUTS; i++) {
        if (n->in[i].kind != VALUE_TENSOR)
            continue;
        op->inputs[op->n_inputs++] = n->in[i].tensor;
        p->traces[n->in[i].tensor].readers++;
    }
    op->output = net->n_tensors;
    p->traces[op->output] = (struct trace){.op = net->n_ops++};
    net->tensors[net->n_tensors++] = *shape;
    *out = (struct value){.kind = VALUE_TENSOR, .tensor = op->output};
    return op;
}

// Whole sides: those of the picture times the scale divide without remainder.
static bool whole_sides(const struct parser *p, const struct tensor *t)
{
    return p->net->width * t->scale_num % t->scale_den == 0 &&
           p->net->height * t->scale_num % t->scale_den == 0;
}

static bool rescale(const struct parser *p, struct tensor *t, int num, int den)
{
    t->scale_num *= num;
    t->scale_den *= den;
    for (int d = 2; d <= 8; d++)
        while (t->scale_num % d == 0 && t->scale_den % d == 0)
            t->scale_num /= d, t->scale_den /= d;
    return t->scale_num <= NETWORK_MAX_SCALE && t->scale_den <= 64 && whole_sides(p, t);
}

// -- the nodes: each makes its value, or says what is wrong

static const char *read_picture(struct parser *p, struct node *n, struct value *out)
{
    struct jr all, shape, inner, dims, side;
    int64_t px[4] = {0};
    const char *text = NULL;
    if (p->net->n_tensors || !tfjs_attribute(&n->json, "shape", &all, &shape) ||
        !jr_get(&shape, "shape", &inner) || !jr_get(&inner, "dim", &dims) ||
        jr_array(&dims, 4, 4, NULL) != OK)
        return "not one picture of four sides";
    for (size_t i = 0; i < 4; i++) {
        struct jr dim = jr_at(&dims, i);
        if (!jr_get(&dim, "size", &side) || jr_string(&side, 4, &text, NULL) != OK)
            return "a side that is not a number";
        px[i] = strtol(text, NULL, 10);
    }
    if (px[0] != 1 || px[1] != 3 || px[2] < 1 || px[2] > MAX_SIDE_PX || px[3] < 1 ||
        px[3] > MAX_SIDE_PX)
        return "not one picture of three channels";
    p->net->height = (int)px[2];
    p->net->width = (int)px[3];
    p->net->tensors[p->net->n_tensors++] = (struct tensor){3, 1, 1};
    p->traces[NETWORK_INPUT] = (struct trace){.op = -1};
    *out = (struct value){.kind = VALUE_TENSOR, .tensor = NETWORK_INPUT};
    return NULL;
}

static const char *read_constant(struct parser *p, struct node *n, struct value *out)
{
    out->kind = VALUE_CONSTANT;
    out->weight = tfjs_weights_find(&p->weights, n->name);
    return out->weight ? NULL : "a constant that the weights do not hold";
}

static const char *read_transpose(struct parser *p, struct node *n, struct value *out)
{
    (void)p;
    static const int last[] = {0, 2, 3, 1}, first[] = {0, 3, 1, 2}, rows[] = {0, 2, 1};
    const struct value *v = &n->in[0];
    if (!is_constant(&n->in[1], 1))
        return "an order that is not a constant";
    const struct tfjs_weight *order = n->in[1].weight;
    *out = *v;
    if (v->kind == VALUE_ANSWER && tfjs_weight_is(order, rows, 3))
        return NULL;
    out->channels_last = !v->channels_last;
    bool fits = v->kind == VALUE_TENSOR &&
                tfjs_weight_is(order, v->channels_last ? first : last, 4);
    return fits ? NULL : "an order of sides that is not expected here";
}

static const char *read_pad(struct parser *p, struct node *n, struct value *out)
{
    (void)p;
    if (!is_plain(&n->in[0], false) || !is_constant(&n->in[1], 2))
        return "not a padding of a plain tensor";
    const struct tfjs_weight *w = n->in[1].weight;
    double px = w->count == 8 ? tfjs_weight_at(w, 4) : 0;
    int pad = px >= 1 && px <= 3 ? (int)px : 0;
    const int expected[] = {0, 0, 0, 0, pad, pad, pad, pad};
    if (!pad || !tfjs_weight_is(w, expected, 8))
        return "a padding other than 1 to 3 pixels all around";
    *out = n->in[0];
    out->pad = pad;
    if (n->n_in == 2)
        return NULL;
    double fill = is_constant(&n->in[2], 0) ? tfjs_weight_at(n->in[2].weight, 0) : 0;
    out->pad_lowest = isinf(fill) && fill < 0;
    return out->pad_lowest ? NULL : "a padding with something other than 0 or minus infinity";
}

// From [row][column][input][output] to [output][input][row][column]; false when not finite.
static bool turn_weights(struct op *op, const struct tfjs_weight *w)
{
    size_t side = (size_t)op->kernel, in = (size_t)w->shape[2], out = (size_t)w->shape[3];
    op->weights = mem_zeroed(w->count, sizeof *op->weights);
    op->bias = mem_zeroed(out, sizeof *op->bias);
    for (size_t i = 0; i < w->count; i++) {
        size_t o = i % out, c = i / out % in, tap = i / out / in;
        float v = (float)tfjs_weight_at(w, i);
        if (!isfinite(v))
            return false;
        op->weights[(o * in + c) * side * side + tap] = v;
    }
    return true;
}

static const char *read_convolution(struct parser *p, struct node *n, struct value *out)
{
    const struct value *v = &n->in[0];
    if (!is_tensor(v, true) || !is_constant(&n->in[1], 4) || v->pad_lowest)
        return "not a tensor and its weights";
    const struct tfjs_weight *w = n->in[1].weight;
    int kernel = w->shape[0], stride = tfjs_square(&n->json, "strides");
    struct tensor shape = *shape_of(p, v);
    if (!plain_layer(n) || tfjs_square(&n->json, "dilations") != 1 || stride < 1 || stride > 2)
        return "an order, padding, dilation or stride that is not supported";
    if (kernel != w->shape[1] || (kernel != 1 && kernel != 3) || v->pad != kernel / 2)
        return "a kernel other than 1 × 1 or 3 × 3 that keeps the size";
    if (w->shape[2] != shape.channels || w->shape[3] < 1 || w->shape[3] > NETWORK_MAX_CHANNELS)
        return "weights that do not fit its input";
    shape.channels = w->shape[3];
    if (!rescale(p, &shape, 1, stride))
        return "a stride that leaves half a pixel";
    struct op *op = add_op(p, n, OP_CONVOLUTION, &shape, out);
    out->channels_last = true;
    op->kernel = kernel;
    op->stride = stride;
    return turn_weights(op, w) ? NULL : "a weight that is not a number";
}

static const char *read_max_pool(struct parser *p, struct node *n, struct value *out)
{
    const struct value *v = &n->in[0];
    int kernel = tfjs_square(&n->json, "ksize"), stride = tfjs_square(&n->json, "strides");
    if (!is_tensor(v, true) || !plain_layer(n) || kernel != 3 || stride < 1 || stride > 2 ||
        v->pad != 1 || !v->pad_lowest)
        return "a pool other than 3 × 3 padded with minus infinity";
    struct tensor shape = *shape_of(p, v);
    if (!rescale(p, &shape, 1, stride))
        return "a stride that leaves half a pixel";
    struct op *op = add_op(p, n, OP_MAX_POOL, &shape, out);
    out->channels_last = true;
    op->kernel = kernel;
    op->stride = stride;
    return NULL;
}

// The convolution that made the value, while nobody has read it; else NULL.
static struct op *fusable(struct parser *p, const struct value *v)
{
    struct trace *t = &p->traces[v->tensor];
    if (v->kind != VALUE_TENSOR || v->pad || t->op < 0 || t->readers)
        return NULL;
    struct op *op = &p->net->ops[t->op];
    return op->kind == OP_CONVOLUTION && !op->has_leaky ? op : NULL;
}

static void fused(struct parser *p, const struct value *v, struct value *out)
{
    *out = *v;
    out->version = ++p->traces[v->tensor].version;
}

static const char *read_bias(struct parser *p, struct node *n, struct value *out)
{
    const struct tfjs_weight *w = n->in[1].weight;
    struct op *op = is_tensor(&n->in[0], true) ? fusable(p, &n->in[0]) : NULL;
    if (!op || op->has_bias || w->rank != 1 || w->shape[0] != shape_of(p, &n->in[0])->channels)
        return "a constant that is not the bias of the convolution before it";
    for (size_t i = 0; i < w->count; i++) {
        op->bias[i] = (float)tfjs_weight_at(w, i);
        if (!isfinite(op->bias[i]))
            return "a bias that is not a number";
    }
    op->has_bias = true;
    fused(p, &n->in[0], out);
    return NULL;
}

static bool makes_shape(const struct value *v)
{
    return v->kind == VALUE_CONSTANT || v->kind == VALUE_SHAPE;
}

static const char *read_add(struct parser *p, struct node *n, struct value *out)
{
    const struct value *a = &n->in[0], *b = &n->in[1];
    if (makes_shape(a) && makes_shape(b)) {
        out->kind = VALUE_SHAPE;
        return NULL;
    }
    if (a->kind == VALUE_TENSOR && b->kind == VALUE_CONSTANT)
        return read_bias(p, n, out);
    if (!is_plain(a, a->channels_last) || !is_plain(b, a->channels_last) ||
        !same_shape(shape_of(p, a), shape_of(p, b)) ||
        shape_of(p, a)->channels != shape_of(p, b)->channels)
        return "a sum of what does not fit together";
    bool channels_last = a->channels_last;
    struct tensor shape = *shape_of(p, a);
    struct op *op = add_op(p, n, OP_ADD, &shape, out);
    op->add_scale[0] = op->add_scale[1] = 1;
    out->channels_last = channels_last;
    return NULL;
}

static const char *read_leaky(struct parser *p, struct node *n, struct value *out)
{
    struct jr all, one;
    double slope = -1;
    struct op *op = fusable(p, &n->in[0]);
    if (!op || !tfjs_attribute(&n->json, "alpha", &all, &one) ||
        jr_get_number(&one, "f", 0, 1, &slope, NULL) != OK || slope < 0)
        return "not behind a convolution, or a slope outside 0 to 1";
    op->has_leaky = true;
    op->leaky = (float)slope;
    fused(p, &n->in[0], out);
    return NULL;
}

static const char *read_concat(struct parser *p, struct node *n, struct value *out)
{
    static const int axis = 1;
    const struct value *last = &n->in[n->n_in - 1];
    if (!is_plain(&n->in[0], false) || !is_constant(last, 0) ||
        !tfjs_weight_is(last->weight, &axis, 1))
        return "an axis other than the channels";
    struct tensor shape = *shape_of(p, &n->in[0]);
    for (int i = 1; i < n->n_in - 1; i++) {
        if (!is_plain(&n->in[i], false) || !same_shape(shape_of(p, &n->in[i]), &shape))
            return "inputs of different sizes";
        shape.channels += shape_of(p, &n->in[i])->channels;
    }
    if (shape.channels > NETWORK_MAX_CHANNELS)
        return "more than 1024 channels";
    add_op(p, n, OP_CONCAT, &shape, out);
    return NULL;
}

static const char *read_resize(struct parser *p, struct node *n, struct value *out)
{
    if (!is_plain(&n->in[0], true) || !is_constant(&n->in[1], 1) || n->in[1].weight->count != 2 ||
        !tfjs_flag_is(&n->json, "half_pixel_centers", true) ||
        !tfjs_flag_is(&n->json, "align_corners", false))
        return "not a bilinear resizing with half-pixel centres to a constant size";
    struct tensor shape = *shape_of(p, &n->in[0]);
    int h = p->net->height * shape.scale_num / shape.scale_den;
    int w = p->net->width * shape.scale_num / shape.scale_den;
    const int twice[] = {2 * h, 2 * w}, half[] = {h / 2, w / 2};
    bool enlarge = tfjs_weight_is(n->in[1].weight, twice, 2);
    int factor = enlarge ? 2 : 1, divisor = enlarge ? 1 : 2;
    if ((!enlarge && !tfjs_weight_is(n->in[1].weight, half, 2)) ||
        !rescale(p, &shape, factor, divisor))
        return "a size other than twice or half of its input";
    struct op *op = add_op(p, n, OP_BILINEAR, &shape, out);
    op->factor = factor;
    op->divisor = divisor;
    out->channels_last = true;
    return NULL;
}

static const char *read_split(struct parser *p, struct node *n, struct value *out)
{
    static const int sizes[] = {NANODET_CLASSES, 4 * NANODET_BINS}, axis = 1;
    struct network *net = p->net;
    if (!is_plain(&n->in[0], false) || !is_constant(&n->in[1], 1) || !is_constant(&n->in[2], 0) ||
        !tfjs_weight_is(n->in[1].weight, sizes, 2) || !tfjs_weight_is(n->in[2].weight, &axis, 1) ||
        shape_of(p, &n->in[0])->channels != NANODET_CHANNELS)
        return "not the split into 80 scores and 4 × 11 distances";
    if (net->n_outputs == NETWORK_MAX_OUTPUTS)
        return "more outputs than four";
    net->outputs[net->n_outputs++] = n->in[0].tensor;
    p->traces[n->in[0].tensor].readers++;
    out->kind = VALUE_ANSWER;
    return NULL;
}

static const char *read_answer(struct parser *p, struct node *n, struct value *out)
{
    (void)p;
    *out = n->in[0];
    bool fits = n->in[0].kind == VALUE_ANSWER && (n->n_in == 1 || makes_shape(&n->in[1]));
    return fits ? NULL : "not behind the split of an output";
}

static const char *read_shape(struct parser *p, struct node *n, struct value *out)
{
    (void)p;
    out->kind = VALUE_SHAPE;
    for (int i = 0; i < n->n_in; i++)
        if (!makes_shape(&n->in[i]))
            return "a shape that is not made of constants";
    return NULL;
}

static const struct node_type {
    const char *name;
    int min_inputs, max_inputs;
    node_fn *read;
} node_types[] = {
    {"Placeholder", 0, 0, read_picture},
    {"Const", 0, 0, read_constant},
    {"Transpose", 2, 2, read_transpose},
    {"Pad", 2, 2, read_pad},
    {"PadV2", 3, 3, read_pad},
    {"Conv2D", 2, 2, read_convolution},
    {"MaxPool", 1, 1, read_max_pool},
    {"Add", 2, 2, read_add},
    {"AddV2", 2, 2, read_add},
    {"LeakyRelu", 1, 1, read_leaky},
    {"ConcatV2", 3, MAX_NODE_INPUTS, read_concat},
    {"ResizeBilinear", 2, 2, read_resize},
    {"SplitV", 3, 3, read_split},
    {"Sigmoid", 1, 1, read_answer},
    {"Reshape", 2, 2, read_answer},
    {"Identity", 1, 1, read_answer},
    {"SparseToDense", 4, 4, read_shape},
};

// -- the graph

__attribute__((cold)) static enum status bad_node(const struct parser *p, const struct node *n,
                                                  const char *what)
{
    return error_set(p->err, ERR_MODEL, "model graph, node %s (%s): %s", n->name, n->op, what);
}

// The value that the first `n` bytes of the text name; NULL when no node before made it.
static const struct value *find_value(const struct parser *p, const char *name, size_t n)
{
    for (int i = p->n_values - 1; i >= 0; i--)
        if (strncmp(p->values[i].name, name, n) == 0 && p->values[i].name[n] == 0)
            return &p->values[i];
    return NULL;
}

static enum status read_inputs(struct parser *p, struct node *n, const struct node_type *type)
{
    struct jr list;
    size_t count = 0;
    if (jr_get(&n->json, "input", &list)) {
        if (jr_array(&list, 0, MAX_NODE_INPUTS, NULL) != OK)
            return bad_node(p, n, "inputs that are not a list of at most 9");
        count = jr_size(&list);
    }
    if (count < (size_t)type->min_inputs || count > (size_t)type->max_inputs)
        return bad_node(p, n, "a number of inputs that it cannot have");
    for (size_t i = 0; i < count; i++) {
        struct jr v = jr_at(&list, i);
        const char *name = NULL;
        if (jr_string(&v, MAX_NAME, &name, NULL) != OK)
            return bad_node(p, n, "an input that is not a name");
        const struct value *found = find_value(p, name, strcspn(name, ":"));
        if (!found)
            return bad_node(p, n, "an input that no node before it makes");
        if (found->kind == VALUE_TENSOR && found->version != p->traces[found->tensor].version)
            return bad_node(p, n, "an input from before its bias or activation");
        n->in[n->n_in++] = *found;
    }
    return OK;
}

static enum status read_node(struct parser *p, struct node *n)
{
    if (jr_get_string(&n->json, "name", MAX_NAME, &n->name, NULL) != OK || !n->name ||
        jr_get_string(&n->json, "op", MAX_NAME, &n->op, NULL) != OK || !n->op)
        return error_set(p->err, ERR_MODEL, "model graph: a node without name or op");
    const struct node_type *type = NULL;
    for (size_t i = 0; !type && i < sizeof node_types / sizeof *node_types; i++)
        if (strcmp(node_types[i].name, n->op) == 0)
            type = &node_types[i];
    if (!type)
        return bad_node(p, n, "an operation that is not supported");
    if (find_value(p, n->name, strlen(n->name)))
        return bad_node(p, n, "a name that is taken");
    if (read_inputs(p, n, type) != OK)
        return ERR_MODEL;
    struct value out = {0};
    const char *wrong = type->read(p, n, &out);
    if (wrong)
        return bad_node(p, n, wrong);
    out.name = n->name;
    p->values[p->n_values++] = out;
    return OK;
}

static enum status read_graph(struct parser *p, const struct jr *root, const void *bin,
                              size_t bin_bytes)
{
    struct jr topology, nodes, manifest;
    if (!jr_get(root, "modelTopology", &topology) || !jr_get(&topology, "node", &nodes) ||
        jr_array(&nodes, 1, MAX_NODES, NULL) != OK || !jr_get(root, "weightsManifest", &manifest))
        return error_set(p->err, ERR_MODEL,
                         "model graph: not a TensorFlow.js graph of 1 to %d "
                         "nodes with its weights' manifest",
                         MAX_NODES);
    if (tfjs_weights_read(&manifest, bin, bin_bytes, &p->weights, p->err) != OK)
        return ERR_MODEL;
    size_t n = jr_size(&nodes);
    p->net->ops = mem_zeroed(n, sizeof *p->net->ops);
    p->net->tensors = mem_zeroed(n, sizeof *p->net->tensors);
    p->traces = mem_zeroed(n, sizeof *p->traces);
    p->values = mem_zeroed(n, sizeof *p->values);
    for (size_t i = 0; i < n; i++) {
        struct node node = {.json = jr_at(&nodes, i)};
        if (read_node(p, &node) != OK)
            return ERR_MODEL;
    }
    if (p->net->n_outputs == 0)
        return error_set(p->err, ERR_MODEL, "model graph: it has no output");
    return OK;
}

enum status nanodet_model_parse(const char *json, size_t json_bytes, const void *bin,
                                size_t bin_bytes, struct network **ret, struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    struct error why = {0};
    if (jr_parse(json, json_bytes, &doc, &why) != OK)
        return error_set(err, ERR_MODEL, "model graph: %s", why.text);
    struct jr root = jr_root(doc);
    struct network *net AUTO(network_free) = mem_new(struct network);
    struct parser p = {.net = net, .err = err};
    enum status s = read_graph(&p, &root, bin, bin_bytes);
    tfjs_weights_done(&p.weights);
    free(p.traces);
    free(p.values);
    if (s != OK)
        return s;
    *ret = net;
    net = NULL;
    return OK;
}

enum status nanodet_model_load(const char *json_path, struct network **ret, struct error *err)
{
    char path[PATH_MAX];
    if (!text_ends(json_path, ".json") || strlen(json_path) >= sizeof path)
        return error_set(err, ERR_MODEL, "model file %s: the name must end in .json", json_path);
    (void)snprintf(path, sizeof path, "%.*s.bin", (int)(strlen(json_path) - 5), json_path);
    struct buffer json BUFFER_AUTO;
    struct buffer bin BUFFER_AUTO;
    buffer_init(&json, MAX_JSON_BYTES);
    buffer_init(&bin, MAX_BIN_BYTES);
    enum status s = file_read(json_path, &json, err);
    if (s == OK)
        s = file_read(path, &bin, err);
    if (s == OK &&
        nanodet_model_parse(buffer_string(&json), json.size, bin.data, bin.size, ret, err) != OK)
        return error_wrap(err, "%s", json_path);
    return s;
}
