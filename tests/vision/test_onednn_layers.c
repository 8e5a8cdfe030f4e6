// SPDX-License-Identifier: GPL-3.0-or-later
// Small networks against the plainest implementation. meson.build runs this once per instruction
// set, so that the plans for lesser processors are checked on any.
#include "vision/backend_onednn.h"

#include <math.h>
#include <stdio.h>

#include "test.h"

#include "naive.h"
#include "small_nanodet.h"
#include "small_nets.h"

static const char *const texts[] = {small_compact, small_dense};

static const struct rect shapes[] = {
    {.width = 1, .height = 1},   {.width = 2, .height = 7},  {.width = 16, .height = 16},
    {.width = 17, .height = 13}, {.width = 8, .height = 70}, {.width = 45, .height = 21},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, SMALL_SHAPES = 4 };

static void run_whole(void *engine, const struct network *net, const struct image *in,
                      struct image *out)
{
    struct error err = {0};
    int f = net->tensors[net->outputs[0]].scale_num;
    struct rect all = {.width = in->width, .height = in->height};
    const struct backend_region region = {all, all};
    assert_int_equal(image_resize(out, in->width * f, in->height * f, NULL), OK);
    if (backend_onednn.run(engine, in, out, &region, NULL, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
}

// Before AVX2 oneDNN has no fast kernel for the last layer of x4plus.
static size_t nets_that_run(void *engine)
{
    struct backend_info info;
    backend_onednn.describe(engine, &info);
    return strstr(info.device, "sse41") ? 1 : sizeof texts / sizeof *texts;
}

static void compare(enum precision precision, int threads, size_t n_shapes, double least_db)
{
    for (size_t n = 0, nets = 1; n < nets; n++) {
        struct network *net AUTO(network_free) = small_net(texts[n]);
        const struct backend_options options = {threads, precision};
        void *engine = NULL;
        assert_int_equal(backend_onednn.create(net, &options, &engine, NULL), OK);
        nets = nets_that_run(engine);
        struct image in = {0}, ours = {0}, plain = {0};
        for (size_t i = 0; i < n_shapes; i++) {
            naive_noise(&in, shapes[i].width, shapes[i].height, (unsigned)i);
            run_whole(engine, net, &in, &ours);
            naive_run(net, &in, &plain);
            double db = naive_psnr(&ours, &plain);
            if (!(db >= least_db))
                fail_msg("network %zu, %d×%d: %.1f dB", n, in.width, in.height, db);
        }
        image_done(&in);
        image_done(&ours);
        image_done(&plain);
        backend_onednn.destroy(engine);
    }
}

static void f32_equals_the_plain_way_at_any_size(void **state)
{
    (void)state;
    compare(PRECISION_F32, 1, SMALL_SHAPES, 100);
    compare(PRECISION_F32, 2, SHAPES, 100);
}

// Strides, a max pool, resizing both ways and an output of features, which only detectors have.
static void a_detector_equals_the_plain_way(void **state)
{
    (void)state;
    struct buffer json BUFFER_AUTO, bin BUFFER_AUTO;
    buffer_init(&json, 1 << 20);
    buffer_init(&bin, 1 << 20);
    small_nanodet(&json, &bin);
    struct network *net AUTO(network_free) = NULL;
    struct image in = {0};
    const struct backend_options options = {2, PRECISION_F32};
    void *engine = NULL;
    struct error err = {0};
    size_t n = 0;
    assert_int_equal(nanodet_model_parse(json.data, json.size, bin.data, bin.size, &net, NULL), OK);
    assert_int_equal(backend_onednn.create(net, &options, &engine, NULL), OK);
    if (nets_that_run(engine) == 1) { // nor for 124 channels
        backend_onednn.destroy(engine);
        network_free(net);
        net = NULL;
        buffer_done(&json);
        buffer_done(&bin);
        skip();
    }
    naive_noise(&in, net->width, net->height, 3);
    float *plain AUTO(mem_free) = naive_output(net, &in, 0, &n);
    float *ours AUTO(mem_free) = mem_zeroed(n, sizeof *ours);
    if (backend_onednn.analyse(engine, &in, &ours, NULL, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
    double most = 0, spread = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)ours[i] - (double)plain[i]));
        spread = fmax(spread, fabs((double)plain[i]));
    }
    assert_true(spread > 0.1);
    assert_true(most < 1e-5 * spread);
    image_done(&in);
    backend_onednn.destroy(engine);
}

static void bf16_comes_near_it_where_it_can_run(void **state)
{
    (void)state;
    struct network *net = small_net(small_compact);
    const struct backend_options options = {1, PRECISION_BF16};
    void *engine = NULL;
    struct error err = {0};
    enum status s = backend_onednn.create(net, &options, &engine, &err);
    backend_onednn.destroy(engine);
    network_free(net); // before skip(), which does not come back
    if (s != OK) {
        assert_int_equal(s, ERR_UNAVAILABLE);
        skip();
    }
    compare(PRECISION_BF16, 1, SHAPES, 35); // noise and large weights: harder than a real network
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f32_equals_the_plain_way_at_any_size),
        cmocka_unit_test(a_detector_equals_the_plain_way),
        cmocka_unit_test(bf16_comes_near_it_where_it_can_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
