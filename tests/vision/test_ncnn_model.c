// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/ncnn_model.h"

#include <math.h>
#include <stdio.h>

#include "test.h"

#include "small_nets.h"

static void expect_refused(const char *text, const char *part)
{
    struct network *net = NULL;
    struct error err = {0};
    assert_int_equal(ncnn_param_parse(text, strlen(text), &net, &err), ERR_MODEL);
    assert_null(net);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void reads_a_graph(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_compact);
    assert_int_equal(net->n_ops, 8);
    assert_int_equal(net->ops[0].kind, OP_CONVOLUTION);
    assert_int_equal(net->ops[0].inputs[0], NETWORK_INPUT);
    assert_int_equal(net->ops[6].kind, OP_NEAREST);
    assert_int_equal(net->ops[6].inputs[0], NETWORK_INPUT);
    assert_int_equal(net->tensors[net->outputs[0]].channels, 3);
    assert_int_equal(net->tensors[net->outputs[0]].scale_num, 4);
    assert_int_equal(network_radius_px(net), 3);
    assert_float_equal(network_flop_per_px(net), 2.0 * (864 + 18432 + 27648), 0.5);
}

static void a_bicubic_end_makes_a_smaller_factor(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_dense);
    assert_int_equal(net->tensors[net->outputs[0]].scale_num, 1);
    assert_int_equal(net->ops[net->n_ops - 1].kind, OP_BICUBIC);
}

static void says_what_is_wrong_with_a_layer(void **state)
{
    (void)state;
#define HEAD "7767517\n2 2\nInput in 0 1 data\n"
    expect_refused("", "magic");
    expect_refused("7767518\n2 2\n", "magic");
    expect_refused("7767517\n", "layers");
    expect_refused("7767517\n999999999 2\n", "layers");
    expect_refused("7767517\n-1 2\n", "layers");
    expect_refused(HEAD, "1 layers where 2");
    expect_refused(HEAD "LSTM odd 1 1 data out\n", "LSTM");
    expect_refused(HEAD "Convolution c 1 1 data out 0=64 1=3 4=1 5=1 6=1727\n", "weights");
    expect_refused(HEAD "Convolution c 1 1 data out 0=1e9 1=3 4=1 6=9\n", "channels");
    expect_refused(HEAD "Convolution c 1 1 data out 0=64 1=3 4=0 5=1 6=1728\n", "padding");
    expect_refused(HEAD "Convolution c 1 1 data out 0=64 1=3 3=2 4=1 5=1 6=1728\n", "stride");
    expect_refused(HEAD "Convolution c 1 1 data out 0=3 1=3 4=1 6=81 8=1\n", "not understood");
    expect_refused(HEAD "Convolution c 1 1 data out 0=nan 1=3 4=1 6=81\n", "not a layer");
    expect_refused(HEAD "Convolution c 1 1 gone out 0=3 1=3 4=1 6=81\n", "no layer before");
    expect_refused(HEAD "Convolution c 1 1 data data 0=3 1=3 4=1 6=81\n", "taken");
    expect_refused(HEAD "Convolution c 2147483647 1 data out\n", "not a layer");
    expect_refused(HEAD "PReLU p 1 1 data out 0=64\n", "slopes");
    expect_refused(HEAD "PixelShuffle p 1 1 data out 0=2\n", "divide");
    expect_refused(HEAD "Interp i 1 1 data out 0=1 1=9 2=9\n", "scales");
    expect_refused(HEAD "Interp i 1 1 data out 0=2 1=2 2=2\n", "interpolation");
    expect_refused(HEAD "Interp i 1 1 data out 0=3 1=0.5 2=0.5\n", "scale");
    expect_refused(HEAD "Eltwise e 2 1 data data out 0=0\n", "sum");
    expect_refused(HEAD "Convolution c 1 1 data out 0=8 1=3 4=1 6=216\n", "picture");
}

static void refuses_a_text_with_a_nul_or_an_endless_line(void **state)
{
    (void)state;
    char text[4096] = HEAD;
    size_t n = strlen(text);
    struct network *net = NULL;
    memset(text + n, 'x', sizeof text - n);
    assert_int_equal(ncnn_param_parse(text, sizeof text, &net, NULL), ERR_MODEL);
    text[n + 3] = 0;
    assert_int_equal(ncnn_param_parse(text, n + 8, &net, NULL), ERR_MODEL);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct network *net = NULL;
    struct error err = {0};
    assert_int_equal(ncnn_model_load("/nowhere/x.param", &net, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/x.param"));
    assert_int_equal(ncnn_model_load("/nowhere/x.onnx", &net, &err), ERR_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_graph),
        cmocka_unit_test(a_bicubic_end_makes_a_smaller_factor),
        cmocka_unit_test(says_what_is_wrong_with_a_layer),
        cmocka_unit_test(refuses_a_text_with_a_nul_or_an_endless_line),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
