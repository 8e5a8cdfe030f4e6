// SPDX-License-Identifier: GPL-3.0-or-later
// tfjs_weights.c — see tfjs_weights.h.
#include "vision/tfjs_weights.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "vision/half.h"

enum { MAX_NAME = 256, MAX_SIDE = 1 << 20, MAX_COUNT = 1 << 24 };

static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [TFJS_FLOAT32] = {"float32", 4},
    [TFJS_FLOAT16] = {"float16", 2},
    [TFJS_INT32] = {"int32", 4},
};

static bool read_type(const struct jr *v, enum tfjs_type *ret)
{
    struct jr quantization;
    const char *name = NULL;
    bool packed = jr_get(v, "quantization", &quantization);
    if (jr_get_string(packed ? &quantization : v, "dtype", MAX_NAME, &name, NULL) != OK || !name)
        return false;
    for (int i = 0; i < (int)(sizeof types / sizeof *types); i++)
        if (strcmp(types[i].name, name) == 0) {
            *ret = (enum tfjs_type)i;
            return true;
        }
    return false;
}

static bool read_shape(const struct jr *v, struct tfjs_weight *w)
{
    struct jr shape;
    if (!jr_get(v, "shape", &shape) || jr_array(&shape, 0, TFJS_MAX_RANK, NULL) != OK)
        return false;
    w->rank = (int)jr_size(&shape);
    w->count = 1;
    for (int i = 0; i < w->rank; i++) {
        struct jr side = jr_at(&shape, (size_t)i);
        int64_t n = 0;
        if (jr_integer(&side, 0, MAX_SIDE, &n, NULL) != OK)
            return false;
        w->shape[i] = (int)n;
        w->count *= (size_t)n;
        if (w->count > MAX_COUNT)
            return false;
    }
    return true;
}

static enum status read_weight(const struct jr *v, struct tfjs_weight *w, struct error *err)
{
    if (jr_get_string(v, "name", MAX_NAME, &w->name, NULL) != OK || !w->name)
        return error_set(err, ERR_MODEL, "model weights: an array without a name");
    if (!read_shape(v, w))
        return error_set(err, ERR_MODEL, "model weights, %s: not a shape of at most %d sides",
                         w->name, TFJS_MAX_RANK);
    if (!read_type(v, &w->type))
        return error_set(err, ERR_MODEL, "model weights, %s: its type is not supported", w->name);
    return OK;
}

enum status tfjs_weights_read(const struct jr *manifest, const void *bin, size_t bin_bytes,
                              struct tfjs_weights *ret, struct error *err)
{
    *ret = (struct tfjs_weights){0};
    bool one = jr_array(manifest, 1, 1, NULL) == OK;
    struct jr group = one ? jr_at(manifest, 0) : *manifest, list;
    if (!one || !jr_get(&group, "weights", &list) ||
        jr_array(&list, 0, TFJS_MAX_WEIGHTS, NULL) != OK)
        return error_set(err, ERR_MODEL, "model weights: not a manifest of one group");
    ret->count = jr_size(&list);
    ret->all = mem_zeroed(ret->count, sizeof *ret->all);
    const unsigned char *at = bin;
    size_t left = bin_bytes;
    for (size_t i = 0; i < ret->count; i++) {
        struct tfjs_weight *w = &ret->all[i];
        struct jr v = jr_at(&list, i);
        if (read_weight(&v, w, err) != OK)
            return ERR_MODEL;
        size_t bytes = w->count * types[w->type].bytes;
        if (bytes > left)
            return error_set(err, ERR_MODEL, "model weights, %s: the file ends inside it", w->name);
        w->bytes = at;
        at += bytes;
        left -= bytes;
    }
    if (left)
        return error_set(err, ERR_MODEL, "model weights: %zu bytes more than the manifest names",
                         left);
    return OK;
}

void tfjs_weights_done(struct tfjs_weights *w)
{
    free(w->all);
    *w = (struct tfjs_weights){0};
}

const struct tfjs_weight *tfjs_weights_find(const struct tfjs_weights *w, const char *name)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->all[i].name, name) == 0)
            return &w->all[i];
    return NULL;
}

double tfjs_weight_at(const struct tfjs_weight *w, size_t i)
{
    const unsigned char *b = w->bytes + i * types[w->type].bytes;
    if (w->type == TFJS_FLOAT16)
        return (double)float_of_half((uint16_t)(b[0] | b[1] << 8));
    uint32_t bits = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    if (w->type == TFJS_INT32)
        return (double)(int32_t)bits;
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

bool tfjs_weight_is(const struct tfjs_weight *w, const int *numbers, size_t n)
{
    bool same = w->count == n;
    for (size_t i = 0; same && i < n; i++)
        same = tfjs_weight_at(w, i) == numbers[i];
    return same;
}
