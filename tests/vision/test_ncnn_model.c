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
    assert_int_equal(net->tensors[net->output].channels, 3);
    assert_int_equal(net->tensors[net->output].scale_num, 4);
    assert_int_equal(network_radius_px(net), 3);
    assert_float_equal(network_flop_per_px(net), 2.0 * (864 + 18432 + 27648), 0.5);
}

static void a_bicubic_end_makes_a_smaller_factor(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_dense);
    assert_int_equal(net->tensors[net->output].scale_num, 1);
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

// One convolution 3→3 of 1×1 and its bias: flag, 9 halves padded to 20 bytes, 3 floats.
static const char tiny[] = HEAD "Convolution c 1 1 data out 0=3 1=1 4=0 5=1 6=9\n";
enum { TINY_BYTES = 4 + 20 + 12 };

static void make_tiny(unsigned char bin[TINY_BYTES])
{
    memset(bin, 0, TINY_BYTES);
    memcpy(bin, "\x47\x6B\x30\x01", 4);
    memcpy(bin + 4, "\x00\x3c\x00\xc0\x01\x00\xff\x7b", 8); // 1, −2, 2⁻²⁴, 65504
    memcpy(bin + 24, "\x00\x00\x80\x3f", 4);                // bias 1
}

static struct network *tiny_net(void)
{
    struct network *net = NULL;
    assert_int_equal(ncnn_param_parse(tiny, sizeof tiny - 1, &net, NULL), OK);
    return net;
}

static void reads_half_floats_exactly(void **state)
{
    (void)state;
    unsigned char bin[TINY_BYTES];
    make_tiny(bin);
    struct network *net AUTO(network_free) = tiny_net();
    assert_int_equal(ncnn_bin_parse(net, bin, sizeof bin, NULL), OK);
    const float *w = net->ops[0].weights;
    assert_true(w[0] == 1 && w[1] == -2 && w[2] == 0x1p-24F && w[3] == 65504);
    assert_true(net->ops[0].bias[0] == 1);
}

static void refuses_every_truncation_and_a_tail(void **state)
{
    (void)state;
    unsigned char bin[TINY_BYTES + 1] = {0};
    make_tiny(bin);
    for (size_t n = 0; n <= TINY_BYTES + 1; n++) {
        struct network *net AUTO(network_free) = tiny_net();
        assert_int_equal(ncnn_bin_parse(net, bin, n, NULL), n == TINY_BYTES ? OK : ERR_MODEL);
    }
}

static void refuses_an_unknown_flag_and_infinite_weights(void **state)
{
    (void)state;
    unsigned char bin[TINY_BYTES];
    make_tiny(bin);
    struct error err = {0};
    bin[5] = 0x7c; // a half that is infinite
    struct network *net AUTO(network_free) = tiny_net();
    assert_int_equal(ncnn_bin_parse(net, bin, sizeof bin, &err), ERR_MODEL);
    assert_non_null(strstr(err.text, "not a number"));
    bin[0] = 0;
    struct network *other AUTO(network_free) = tiny_net();
    assert_int_equal(ncnn_bin_parse(other, bin, sizeof bin, &err), ERR_MODEL);
    assert_non_null(strstr(err.text, "flag"));
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

// Tensors that share a slot are never needed together: each is read before the next is written.
static void slots_never_clash(void **state)
{
    (void)state;
    const char *const texts[] = {small_compact, small_dense};
    for (int n = 0; n < 2; n++) {
        struct network *net AUTO(network_free) = small_net(texts[n]);
        int slot_of[64], holds[64];
        int n_slots = network_assign_slots(net, slot_of);
        assert_in_range(n_slots, 2, 5);
        holds[slot_of[NETWORK_INPUT]] = NETWORK_INPUT;
        for (int i = 0; i < net->n_ops; i++) {
            const struct op *op = &net->ops[i];
            for (int k = 0; k < op->n_inputs; k++)
                assert_int_equal(holds[slot_of[op->inputs[k]]], op->inputs[k]);
            bool in_place = slot_of[op->output] == slot_of[op->inputs[0]];
            assert_int_equal(in_place, op->kind == OP_PRELU);
            holds[slot_of[op->output]] = op->output;
        }
        assert_int_equal(holds[slot_of[net->output]], net->output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_graph),
        cmocka_unit_test(a_bicubic_end_makes_a_smaller_factor),
        cmocka_unit_test(says_what_is_wrong_with_a_layer),
        cmocka_unit_test(refuses_a_text_with_a_nul_or_an_endless_line),
        cmocka_unit_test(reads_half_floats_exactly),
        cmocka_unit_test(refuses_every_truncation_and_a_tail),
        cmocka_unit_test(refuses_an_unknown_flag_and_infinite_weights),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(slots_never_clash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
