// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/backend_onednn.h"

#include <math.h>
#include <stdio.h>

#include "test.h"

#include "naive.h"
#include "small_nets.h"

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

static void says_what_it_chose(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_compact);
    const struct backend_options options = {2, PRECISION_F32};
    void *engine = NULL;
    struct backend_info info;
    struct image in = {0}, out = {0};
    assert_int_equal(backend_onednn.create(net, &options, &engine, NULL), OK);
    naive_noise(&in, 9, 9, 1);
    run_whole(engine, net, &in, &out);
    backend_onednn.describe(engine, &info);
    assert_string_equal(info.engine, "onednn");
    assert_string_equal(info.precision, "f32");
    assert_int_equal(strncmp(info.device, "cpu-", 4), 0);
    assert_non_null(strstr(info.device, "-2"));
    assert_non_null(strstr(info.implementation, "jit"));
    image_done(&in);
    image_done(&out);
    backend_onednn.destroy(engine);
}

static void a_fired_cancel_stops_it_and_a_later_run_is_whole(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_compact);
    const struct backend_options options = {1, PRECISION_F32};
    void *engine = NULL;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct image in = {0}, out = {0}, plain = {0};
    assert_int_equal(backend_onednn.create(net, &options, &engine, NULL), OK);
    naive_noise(&in, 21, 18, 3);
    assert_int_equal(image_resize(&out, 21, 18, NULL), OK);
    const struct backend_region all = {{0, 0, 21, 18}, {0, 0, 21, 18}};
    cancel_fire(cancel);
    assert_int_equal(backend_onednn.run(engine, &in, &out, &all, cancel, NULL), ERR_CANCELLED);
    run_whole(engine, net, &in, &out);
    naive_run(net, &in, &plain);
    assert_true(naive_psnr(&out, &plain) > 100);
    image_done(&in);
    image_done(&out);
    image_done(&plain);
    backend_onednn.destroy(engine);
}

// More shapes than plans are kept, twice over: the same pictures each time.
static void old_plans_give_way(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_compact);
    const struct backend_options options = {1, PRECISION_F32};
    void *engine = NULL;
    struct image in = {0}, out[7] = {0}, again = {0};
    assert_int_equal(backend_onednn.create(net, &options, &engine, NULL), OK);
    for (int i = 0; i < 14; i++) {
        naive_noise(&in, 8 * (i % 7) + 5, 9, 4);
        run_whole(engine, net, &in, i < 7 ? &out[i] : &again);
        if (i >= 7)
            assert_true(naive_max_difference(&out[i - 7], &again) == 0);
    }
    for (int i = 0; i < 7; i++)
        image_done(&out[i]);
    image_done(&in);
    image_done(&again);
    backend_onednn.destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_chose),
        cmocka_unit_test(a_fired_cancel_stops_it_and_a_later_run_is_whole),
        cmocka_unit_test(old_plans_give_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
