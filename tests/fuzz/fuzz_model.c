// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_model.c — any bytes as a network: the graph up to the first NUL, the weights behind it, read
// as either kind of file. A graph that is understood must take its weights or say why not.
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "vision/nanodet_model.h"
#include "vision/ncnn_model.h"

static void read_ncnn(const char *graph, size_t n, const uint8_t *weights, size_t bytes)
{
    struct network *net AUTO(network_free) = NULL;
    struct error err = {0};
    if (ncnn_param_parse(graph, n, &net, &err) != OK) {
        assert(err.text[0] && !net);
        return;
    }
    assert(net->n_ops > 0);
    if (ncnn_bin_parse(net, weights, bytes, &err) != OK)
        assert(err.text[0]);
}

static void read_nanodet(const char *graph, size_t n, const uint8_t *weights, size_t bytes)
{
    struct network *net AUTO(network_free) = NULL;
    struct error err = {0};
    if (nanodet_model_parse(graph, n, weights, bytes, &net, &err) != OK)
        assert(err.text[0] && !net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t n = end ? (size_t)(end - data) : size;
    const uint8_t *weights = end ? end + 1 : data + size;
    size_t bytes = (size_t)(data + size - weights);
    read_ncnn((const char *)data, n, weights, bytes);
    read_nanodet((const char *)data, n, weights, bytes);
    return 0;
}
