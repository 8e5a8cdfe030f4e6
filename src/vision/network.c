// SPDX-License-Identifier: GPL-3.0-or-later
// network.c — see network.h.
#include "vision/network.h"

#include <math.h>
#include <string.h>

void network_free(struct network *net)
{
    if (!net)
        return;
    for (int i = 0; i < net->n_ops; i++) {
        free(net->ops[i].weights);
        free(net->ops[i].bias);
        free(net->ops[i].slopes);
    }
    free(net->ops);
    free(net->tensors);
    free(net);
}

static double scale_of(const struct tensor *t)
{
    return (double)t->scale_num / t->scale_den;
}

double network_flop_per_px(const struct network *net)
{
    double sum = 0;
    for (int i = 0; i < net->n_ops; i++) {
        const struct op *op = &net->ops[i];
        if (op->kind != OP_CONVOLUTION)
            continue;
        const struct tensor *in = &net->tensors[op->inputs[0]];
        const struct tensor *out = &net->tensors[op->output];
        double taps = (double)op->kernel * op->kernel;
        sum += 2.0 * taps * in->channels * out->channels * scale_of(out) * scale_of(out);
    }
    return sum;
}

// What one operation adds to the radius, in input pixels.
static double reach(const struct network *net, const struct op *op)
{
    double scale = scale_of(&net->tensors[op->inputs[0]]);
    if (op->kind == OP_CONVOLUTION || op->kind == OP_MAX_POOL)
        return floor(op->kernel / 2.0) / scale;
    if (op->kind == OP_BICUBIC)
        return 2.0 / scale;
    return op->kind == OP_BILINEAR ? 1.0 / scale : 0;
}

int network_radius_px(const struct network *net)
{
    double *radius = mem_zeroed((size_t)net->n_tensors, sizeof *radius);
    for (int i = 0; i < net->n_ops; i++) {
        const struct op *op = &net->ops[i];
        double widest = 0;
        for (int k = 0; k < op->n_inputs; k++)
            widest = fmax(widest, radius[op->inputs[k]]);
        radius[op->output] = widest + reach(net, op);
    }
    double widest = 0;
    for (int k = 0; k < net->n_outputs; k++)
        widest = fmax(widest, radius[net->outputs[k]]);
    int result = (int)ceil(widest);
    free(radius);
    return result;
}

// last[t] = index of the last operation that reads tensor t.
static void last_uses(const struct network *net, int *last)
{
    memset(last, 0, (size_t)net->n_tensors * sizeof *last);
    for (int i = 0; i < net->n_ops; i++)
        for (int k = 0; k < net->ops[i].n_inputs; k++)
            last[net->ops[i].inputs[k]] = i;
    for (int k = 0; k < net->n_outputs; k++)
        last[net->outputs[k]] = net->n_ops;
}

static int free_slot(bool *used, int *n_slots)
{
    int s = 0;
    while (s < *n_slots && used[s])
        s++;
    if (s == *n_slots)
        ++*n_slots;
    used[s] = true;
    return s;
}

int network_assign_slots(const struct network *net, int *slot_of)
{
    size_t n = (size_t)net->n_tensors;
    int *last = mem_zeroed(n, sizeof *last);
    bool *used = mem_zeroed(n, sizeof *used);
    int n_slots = 0;
    last_uses(net, last);
    memset(slot_of, 0, n * sizeof *slot_of);
    slot_of[NETWORK_INPUT] = free_slot(used, &n_slots);
    for (int i = 0; i < net->n_ops; i++) {
        const struct op *op = &net->ops[i];
        int in = op->inputs[0];
        if (op->kind == OP_PRELU && last[in] == i) {
            slot_of[op->output] = slot_of[in];
            continue;
        }
        slot_of[op->output] = free_slot(used, &n_slots);
        for (int k = 0; k < op->n_inputs; k++)
            if (last[op->inputs[k]] == i)
                used[slot_of[op->inputs[k]]] = false;
    }
    free(last);
    free(used);
    return n_slots;
}
