// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/ncnn_model.h"

#include "test.h"

// One convolution 3→3 of 1×1 and its bias: flag, 9 halves padded to 20 bytes, 3 floats.
static const char tiny[] = "7767517\n2 2\nInput in 0 1 data\n"
                           "Convolution c 1 1 data out 0=3 1=1 4=0 5=1 6=9\n";
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_half_floats_exactly),
        cmocka_unit_test(refuses_every_truncation_and_a_tail),
        cmocka_unit_test(refuses_an_unknown_flag_and_infinite_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
