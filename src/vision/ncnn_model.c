// SPDX-License-Identifier: GPL-3.0-or-later
// ncnn_model.c — see ncnn_model.h.
//
// Split layers disappear: their outputs are further names of the same tensor. A layer type is a
// row of `layers` with a function that checks its parameters and works out its output's shape.
#include "vision/ncnn_model.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum {
    MAX_LINE = 2048,
    MAX_PARAM_BYTES = 4 << 20,
    MAX_BIN_BYTES = 512 << 20,
    MAX_BLOBS = 8192,
    MAX_NAME = 64,
    MAX_IDS = 24,
    MAX_WORDS = 48,
    ARRAY_BASE = -23300,
};

struct blob {
    char name[MAX_NAME];
    int tensor;
};

struct parser {
    const char *at, *end;
    int line;
    struct network *net;
    struct blob *blobs;
    int n_blobs;
    struct error *err;
};

// The id=value pairs of one layer. An array keeps its first two values.
struct params {
    bool has[MAX_IDS];
    bool seen[MAX_IDS]; // asked for by the layer; what remains is unknown
    double value[MAX_IDS][2];
    int count[MAX_IDS];
};

struct layer_line {
    const char *type, *name;
    char *inputs[MAX_WORDS];
    int n_inputs;
    char *outputs[MAX_WORDS];
    int n_outputs;
    struct params params;
};

static double param(struct params *p, int id, double otherwise)
{
    p->seen[id] = true;
    return p->has[id] ? p->value[id][0] : otherwise;
}

__attribute__((cold)) static enum status bad_layer(struct parser *p, const struct layer_line *l,
                                                   const char *what)
{
    return error_set(p->err, ERR_MODEL, "model graph, line %d, layer %.40s (%.40s): %s", p->line,
                     l->name, l->type, what);
}

// Takes the next line into `line`, without its end. False at the end of the text.
static bool next_line(struct parser *p, char line[MAX_LINE], bool *ret_too_long)
{
    *ret_too_long = false;
    if (p->at == p->end)
        return false;
    const char *stop = memchr(p->at, '\n', (size_t)(p->end - p->at));
    size_t n = (size_t)((stop ? stop : p->end) - p->at);
    *ret_too_long = n >= MAX_LINE || memchr(p->at, 0, n);
    if (!*ret_too_long) {
        memcpy(line, p->at, n);
        line[n] = 0;
    }
    p->at = stop ? stop + 1 : p->end;
    p->line++;
    return true;
}

static bool parse_int(const char *text, long min, long max, int *ret)
{
    char *end = NULL;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max)
        return false;
    *ret = (int)v;
    return true;
}

static bool parse_number(const char **at, char stop, double *ret)
{
    char *end = NULL;
    double v = strtod(*at, &end);
    if (end == *at || (*end != stop && *end) || !isfinite(v) || fabs(v) > 1e9)
        return false;
    *at = *end ? end + 1 : end;
    *ret = v;
    return true;
}

// One "id=value" word.
static bool parse_pair(char *word, struct params *p)
{
    char *equals = strchr(word, '=');
    if (!equals)
        return false;
    *equals = 0;
    int id = 0;
    if (!parse_int(word, ARRAY_BASE - MAX_IDS + 1, MAX_IDS - 1, &id))
        return false;
    const char *at = equals + 1;
    bool array = id <= ARRAY_BASE;
    id = array ? ARRAY_BASE - id : id;
    if (id < 0 || p->has[id])
        return false;
    double n = 1;
    if (array && (!parse_number(&at, ',', &n) || n < 0 || n > 2))
        return false;
    p->has[id] = true;
    p->count[id] = (int)n;
    for (int i = 0; i < (int)n; i++)
        if (!parse_number(&at, array ? ',' : 0, &p->value[id][i]))
            return false;
    return *at == 0;
}

// Cuts a layer's line into its parts; false when it is not one.
static bool split_line(char *line, struct layer_line *l)
{
    char *words[MAX_WORDS], *save = NULL;
    int n = 0;
    for (char *w = strtok_r(line, " \t\r", &save); w; w = strtok_r(NULL, " \t\r", &save)) {
        if (n == MAX_WORDS)
            return false;
        words[n++] = w;
    }
    *l = (struct layer_line){.type = n > 0 ? words[0] : "", .name = n > 1 ? words[1] : "?"};
    if (n < 4 || !parse_int(words[2], 0, MAX_WORDS, &l->n_inputs) ||
        !parse_int(words[3], 0, MAX_WORDS, &l->n_outputs) || 4 + l->n_inputs + l->n_outputs > n)
        return false;
    int at = 4;
    for (int i = 0; i < l->n_inputs; i++)
        l->inputs[i] = words[at++];
    for (int i = 0; i < l->n_outputs; i++)
        l->outputs[i] = words[at++];
    while (at < n)
        if (!parse_pair(words[at++], &l->params))
            return false;
    return true;
}

static int find_blob(const struct parser *p, const char *name)
{
    for (int i = p->n_blobs - 1; i >= 0; i--)
        if (strcmp(p->blobs[i].name, name) == 0)
            return p->blobs[i].tensor;
    return -1;
}

static enum status add_blob(struct parser *p, const struct layer_line *l, const char *name,
                            int tensor)
{
    if (p->n_blobs == MAX_BLOBS || strlen(name) >= MAX_NAME)
        return bad_layer(p, l, "too many blobs, or a name that is too long");
    if (find_blob(p, name) >= 0)
        return bad_layer(p, l, "its output has a name that is taken");
    struct blob *b = &p->blobs[p->n_blobs++];
    text_copy(b->name, sizeof b->name, name);
    b->tensor = tensor;
    return OK;
}

// -- the layers: each fills `op` and the shape of its output, or says what is wrong

typedef const char *layer_fn(struct network *net, struct params *p, struct op *op,
                             struct tensor *out);

static const char *read_activation(struct params *p, struct op *op)
{
    double kind = param(p, 9, 0);
    op->leaky = (float)param(p, 10, 0);
    op->has_leaky = kind != 0;
    if (kind != 0 && kind != 1 && kind != 2)
        return "an activation other than ReLU and leaky ReLU";
    return kind == 2 && p->count[10] != 1 ? "leaky ReLU without a slope" : NULL;
}

static const char *read_convolution(struct network *net, struct params *p, struct op *op,
                                    struct tensor *out)
{
    (void)net;
    double channels = param(p, 0, 0), kernel = param(p, 1, 0), pad = param(p, 4, 0);
    if (param(p, 2, 1) != 1 || param(p, 3, 1) != 1)
        return "stride or dilation other than 1";
    if (kernel != 1 && kernel != 3 && kernel != 5 && kernel != 7)
        return "a kernel whose side is not 1, 3, 5 or 7";
    if (pad != (kernel - 1) / 2)
        return "padding that does not keep the picture's size";
    if (!(channels >= 1 && channels <= NETWORK_MAX_CHANNELS) || channels != floor(channels))
        return "a number of channels outside 1 to 1024";
    double need = channels * out->channels * kernel * kernel;
    if (param(p, 6, 0) != need)
        return "a number of weights that does not fit its shape";
    op->kernel = (int)kernel;
    op->stride = 1;
    op->has_bias = param(p, 5, 0) != 0;
    out->channels = (int)channels;
    return read_activation(p, op);
}

static const char *read_prelu(struct network *net, struct params *p, struct op *op,
                              struct tensor *out)
{
    (void)net, (void)op;
    return param(p, 0, 0) == out->channels ? NULL : "a number of slopes other than its channels";
}

static const char *multiply_scale(struct tensor *t, int num, int den)
{
    int a = t->scale_num * num, b = t->scale_den * den;
    for (int d = 2; d <= 16; d++)
        while (a % d == 0 && b % d == 0)
            a /= d, b /= d;
    if (a < b || a > NETWORK_MAX_SCALE * b || b > NETWORK_MAX_SCALE)
        return "a scale outside 1 to 8 times the input";
    t->scale_num = a;
    t->scale_den = b;
    return NULL;
}

static const char *read_shuffle(struct network *net, struct params *p, struct op *op,
                                struct tensor *out)
{
    (void)net;
    double f = param(p, 0, 1);
    if (!(f >= 1 && f <= NETWORK_MAX_SCALE) || f != floor(f) || param(p, 1, 0) != 0)
        return "a factor outside 1 to 8, or an order other than the usual";
    op->factor = (int)f;
    op->divisor = 1;
    if (out->channels % (op->factor * op->factor))
        return "channels that do not divide by the square of its factor";
    out->channels /= op->factor * op->factor;
    return multiply_scale(out, op->factor, 1);
}

static const char *read_interp(struct network *net, struct params *p, struct op *op,
                               struct tensor *out)
{
    (void)net;
    double kind = param(p, 0, 0), sy = param(p, 1, 1), sx = param(p, 2, 1);
    if (sx != sy || !(sx > 0 && sx <= NETWORK_MAX_SCALE))
        return "two different scales, or one outside 0 to 8";
    op->divisor = kind == 3 ? 4 : 1;
    op->factor = (int)lround(sx * op->divisor);
    if (op->factor != sx * op->divisor || op->factor < 1)
        return "a scale that is not a whole number (bicubic: of quarters)";
    if (kind != 1 && (kind != 3 || out->channels != 3))
        return "an interpolation other than nearest, or bicubic of the picture";
    op->kind = kind == 1 ? OP_NEAREST : OP_BICUBIC;
    return multiply_scale(out, op->factor, op->divisor);
}

static bool same_scale(const struct tensor *a, const struct tensor *b)
{
    return a->scale_num == b->scale_num && a->scale_den == b->scale_den;
}

static const char *check_sum(const struct network *net, const struct op *op,
                             const struct tensor *out)
{
    const struct tensor *other = &net->tensors[op->inputs[1]];
    bool fits = other->channels == out->channels && same_scale(other, out);
    return fits ? NULL : "two inputs of different shapes";
}

static const char *read_binary(struct network *net, struct params *p, struct op *op,
                               struct tensor *out)
{
    if (param(p, 0, 0) != 0)
        return "an operation other than the sum of two";
    op->add_scale[0] = op->add_scale[1] = 1;
    return check_sum(net, op, out);
}

static const char *read_eltwise(struct network *net, struct params *p, struct op *op,
                                struct tensor *out)
{
    if (param(p, 0, 0) != 1)
        return "an operation other than the sum of two";
    bool weighted = param(p, 1, 0) != 0 || p->has[1];
    if (weighted && p->count[1] != 2)
        return "a number of coefficients other than two";
    for (int i = 0; i < 2; i++)
        op->add_scale[i] = weighted ? (float)p->value[1][i] : 1;
    return check_sum(net, op, out);
}

static const char *read_concat(struct network *net, struct params *p, struct op *op,
                               struct tensor *out)
{
    if (param(p, 0, 0) != 0)
        return "an axis other than the channels";
    for (int i = 1; i < op->n_inputs; i++) {
        if (!same_scale(&net->tensors[op->inputs[i]], out))
            return "inputs of different sizes";
        out->channels += net->tensors[op->inputs[i]].channels;
    }
    return out->channels <= NETWORK_MAX_CHANNELS ? NULL : "more than 1024 channels";
}

static const struct layer_type {
    const char *name;
    enum op_kind kind;
    int min_inputs, max_inputs;
    layer_fn *read;
} layers[] = {
    {"Convolution", OP_CONVOLUTION, 1, 1, read_convolution},
    {"PReLU", OP_PRELU, 1, 1, read_prelu},
    {"PixelShuffle", OP_PIXEL_SHUFFLE, 1, 1, read_shuffle},
    {"Interp", OP_NEAREST, 1, 1, read_interp},
    {"BinaryOp", OP_ADD, 2, 2, read_binary},
    {"Eltwise", OP_ADD, 2, 2, read_eltwise},
    {"Concat", OP_CONCAT, 2, NETWORK_MAX_INPUTS, read_concat},
};

static const struct layer_type *find_layer(const char *type)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i].name, type) == 0)
            return &layers[i];
    return NULL;
}

static enum status add_op(struct parser *p, struct layer_line *l, const struct layer_type *type)
{
    struct network *net = p->net;
    if (net->n_ops == NETWORK_MAX_OPS)
        return bad_layer(p, l, "more layers than are allowed");
    if (l->n_inputs < type->min_inputs || l->n_inputs > type->max_inputs || l->n_outputs != 1)
        return bad_layer(p, l, "a wrong number of inputs or outputs");
    struct op *op = &net->ops[net->n_ops];
    *op = (struct op){.kind = type->kind, .n_inputs = l->n_inputs, .output = net->n_tensors};
    text_copy(op->name, sizeof op->name, l->name);
    for (int i = 0; i < l->n_inputs; i++) {
        op->inputs[i] = find_blob(p, l->inputs[i]);
        if (op->inputs[i] < 0)
            return bad_layer(p, l, "an input that no layer before it makes");
    }
    struct tensor out = net->tensors[op->inputs[0]];
    const char *wrong = type->read(net, &l->params, op, &out);
    for (int id = 0; !wrong && id < MAX_IDS; id++)
        if (l->params.has[id] && !l->params.seen[id])
            wrong = "a parameter that is not understood";
    if (wrong)
        return bad_layer(p, l, wrong);
    net->tensors[net->n_tensors] = out;
    net->n_ops++;
    net->outputs[0] = net->n_tensors;
    net->n_outputs = 1;
    return add_blob(p, l, l->outputs[0], net->n_tensors++);
}

static enum status add_layer(struct parser *p, struct layer_line *l)
{
    if (strcmp(l->type, "Input") == 0) {
        if (p->n_blobs || l->n_inputs || l->n_outputs != 1)
            return bad_layer(p, l, "an input that is not the first layer, or not one picture");
        return add_blob(p, l, l->outputs[0], NETWORK_INPUT);
    }
    if (strcmp(l->type, "Split") != 0) {
        const struct layer_type *type = find_layer(l->type);
        return type ? add_op(p, l, type) : bad_layer(p, l, "a type of layer that is not supported");
    }
    int tensor = l->n_inputs == 1 ? find_blob(p, l->inputs[0]) : -1;
    if (tensor < 0)
        return bad_layer(p, l, "an input that no layer before it makes");
    for (int i = 0; i < l->n_outputs; i++)
        if (add_blob(p, l, l->outputs[i], tensor) != OK)
            return p->err ? p->err->status : ERR_MODEL;
    return OK;
}

static enum status parse_layers(struct parser *p, int expected)
{
    char line[MAX_LINE];
    bool too_long = false;
    int n = 0;
    while (next_line(p, line, &too_long)) {
        if (!too_long && line[strspn(line, " \t\r")] == 0)
            continue;
        struct layer_line l;
        if (too_long || !split_line(line, &l))
            return error_set(p->err, ERR_MODEL, "model graph, line %d: not a layer's line",
                             p->line);
        enum status s = add_layer(p, &l);
        if (s != OK)
            return s;
        n++;
    }
    if (n != expected)
        return error_set(p->err, ERR_MODEL, "model graph: %d layers where %d were announced", n,
                         expected);
    const struct tensor *out = &p->net->tensors[p->net->outputs[0]];
    if (!p->net->n_ops || out->channels != 3 || out->scale_den != 1)
        return error_set(p->err, ERR_MODEL, "model graph: the last layer does not make a picture");
    return OK;
}

// Magic and counts.
static enum status parse_head(struct parser *p, int *ret_layers)
{
    char line[MAX_LINE];
    bool too_long = false;
    if (!next_line(p, line, &too_long) || too_long || strtol(line, NULL, 10) != 7767517)
        return error_set(p->err, ERR_MODEL, "model graph: not an ncnn .param file (magic 7767517)");
    bool is_there = next_line(p, line, &too_long) && !too_long;
    char *rest = line;
    long n_layers = is_there ? strtol(line, &rest, 10) : 0;
    long n_blobs = is_there ? strtol(rest, &rest, 10) : 0;
    if (n_layers < 1 || n_layers > NETWORK_MAX_OPS || n_blobs < 1 || n_blobs > MAX_BLOBS ||
        rest[strspn(rest, " \t\r")] != '\0')
        return error_set(p->err, ERR_MODEL, "model graph: 1 to %d layers, 1 to %d blobs expected",
                         NETWORK_MAX_OPS, MAX_BLOBS);
    *ret_layers = (int)n_layers;
    return OK;
}

enum status ncnn_param_parse(const char *text, size_t n, struct network **ret_net,
                             struct error *err)
{
    struct error scratch = {0};
    struct parser p = {.at = text, .end = text + n, .err = err ? err : &scratch};
    if (n > MAX_PARAM_BYTES)
        return error_set(err, ERR_MODEL, "model graph: %zu bytes are too many", n);
    struct network *net AUTO(network_free) = mem_new(struct network);
    net->ops = mem_zeroed(NETWORK_MAX_OPS, sizeof *net->ops);
    net->tensors = mem_zeroed(NETWORK_MAX_OPS + 1, sizeof *net->tensors);
    net->tensors[NETWORK_INPUT] = (struct tensor){3, 1, 1};
    net->n_tensors = 1;
    p.net = net;
    p.blobs = mem_zeroed(MAX_BLOBS, sizeof *p.blobs);
    int layer_count = 0;
    enum status s = parse_head(&p, &layer_count);
    if (s == OK)
        s = parse_layers(&p, layer_count);
    free(p.blobs);
    if (s != OK)
        return s;
    *ret_net = net;
    net = NULL;
    return OK;
}

// -- files

static enum status read_file(const char *path, size_t max, char **ret, size_t *ret_n,
                             struct error *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_set_errno(err, errno, "model file %s", path);
    enum status s = OK;
    long size = -1;
    if (fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    rewind(f);
    char *data = NULL;
    if (size < 0 || (size_t)size > max)
        s = error_set(err, ERR_MODEL, "model file %s: not a file of at most %zu bytes", path, max);
    else if (!(data = mem_try_array((size_t)size, 1)))
        s = error_set(err, ERR_MEMORY, "model file %s: no memory", path);
    else if (fread(data, 1, (size_t)size, f) != (size_t)size)
        s = error_set(err, ERR_IO, "model file %s: could not be read", path);
    (void)fclose(f);
    if (s != OK) {
        free(data);
        return s;
    }
    *ret = data;
    *ret_n = (size_t)size;
    return OK;
}

enum status ncnn_model_load(const char *param_path, struct network **ret_net, struct error *err)
{
    char path[PATH_MAX];
    if (!text_ends(param_path, ".param") || strlen(param_path) >= sizeof path)
        return error_set(err, ERR_MODEL, "model file %s: the name must end in .param", param_path);
    char *text AUTO(mem_free) = NULL;
    char *bin AUTO(mem_free) = NULL;
    struct network *net AUTO(network_free) = NULL;
    size_t n = 0;
    enum status s = read_file(param_path, MAX_PARAM_BYTES, &text, &n, err);
    if (s == OK && ncnn_param_parse(text, n, &net, err) != OK)
        return error_wrap(err, "%s", param_path);
    if (s != OK)
        return s;
    (void)snprintf(path, sizeof path, "%.*s.bin", (int)(strlen(param_path) - 6), param_path);
    s = read_file(path, MAX_BIN_BYTES, &bin, &n, err);
    if (s == OK && ncnn_bin_parse(net, bin, n, err) != OK)
        return error_wrap(err, "%s", path);
    if (s != OK)
        return s;
    *ret_net = net;
    net = NULL;
    return OK;
}
