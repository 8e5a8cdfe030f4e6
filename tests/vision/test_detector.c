// SPDX-License-Identifier: GPL-3.0-or-later
// The detector with its real weights: needs tools/fetch_assets.sh --models.
#include "vision/detector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "vision/model_file.h"
#include "vision/nanodet_model.h"

enum { SIDE = 416, GOLDEN_STEP = 11, GOLDEN_MAX = 50000 };

static struct network *load_network(void)
{
    char path[4096];
    struct network *net = NULL;
    if (model_file_find("nanodet", "nanodet", ".json", NULL, path, sizeof path, NULL) != OK)
        skip();
    assert_int_equal(nanodet_model_load(path, &net, NULL), OK);
    return net;
}

// The made-up input of bench/ort/nanodet_golden.mjs.
static void fill_pattern(struct image *image)
{
    assert_int_equal(image_resize(image, SIDE, SIDE, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                unsigned seed = (unsigned)((c * 32 + (y >> 4)) * 32 + (x >> 4));
                unsigned noise = (seed * 1664525U + 1013904223U) >> 16;
                image_row(image, c, y)[x] = (float)((int)noise - 32768) / 16384;
            }
}

static size_t read_golden(float *ret)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/nanodet.f32", getenv("HEADWAY_GOLDEN_DIR"));
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(ret, sizeof *ret, GOLDEN_MAX, f);
    (void)fclose(f);
    return n;
}

// The largest difference between the network's outputs and ONNX Runtime's.
static double difference_to_golden(enum precision precision)
{
    struct network *net AUTO(network_free) = load_network();
    static float golden[GOLDEN_MAX];
    size_t n = read_golden(golden), at = 0;
    const struct backend_options options = {1, precision};
    void *engine = NULL;
    struct image in = {0};
    float *out[NETWORK_MAX_OUTPUTS] = {0};
    fill_pattern(&in);
    assert_int_equal(backend_best()->create(net, &options, &engine, NULL), OK);
    size_t sizes[NETWORK_MAX_OUTPUTS];
    for (int k = 0; k < net->n_outputs; k++) {
        size_t side = (size_t)(SIDE / net->tensors[net->outputs[k]].scale_den);
        sizes[k] = side * side * NANODET_CHANNELS;
        out[k] = mem_zeroed(sizes[k], sizeof(float));
    }
    assert_int_equal(backend_best()->analyse(engine, &in, out, NULL, NULL), OK);
    double most = 0;
    size_t i = 0; // among all values of all outputs
    for (int k = 0; k < net->n_outputs; k++)
        for (size_t j = 0; j < sizes[k]; j++, i++)
            if (i % GOLDEN_STEP == 0)
                most = fmax(most, fabs((double)out[k][j] - (double)golden[at++]));
    assert_int_equal(at, n);
    for (int k = 0; k < net->n_outputs; k++)
        free(out[k]);
    image_done(&in);
    backend_best()->destroy(engine);
    return most;
}

static void makes_what_onnx_runtime_makes(void **state)
{
    (void)state;
    double most = difference_to_golden(PRECISION_F32);
    print_message("# largest difference to ONNX Runtime: %.2g\n", most);
    assert_true(most < 1e-3);
}

static struct detector *load_detector(int threads)
{
    struct detector *d = NULL;
    const struct detector_options options = {.threads = threads, .precision = PRECISION_F32};
    struct network *there AUTO(network_free) = load_network(); // or skips
    assert_int_equal(detector_new(&options, NULL, &d, NULL), OK);
    return d;
}

// Blocks of colour: some are taken for something at a low threshold.
static void fill_blocks(struct image *image, int width, int height)
{
    assert_int_equal(image_resize(image, width, height, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                image_row(image, c, y)[x] = (float)((x / 40 * 7 + y / 60 * 3 + c * 5) % 11) / 11;
}

static void the_same_boxes_from_run_to_run_and_for_any_number_of_threads(void **state)
{
    (void)state;
    struct image in = {0};
    static struct box boxes[3][DETECTOR_MAX_BOXES];
    size_t n[3] = {0};
    for (int i = 0; i < 3; i++) {
        struct detector *d AUTO(detector_free) = load_detector(i == 2 ? 2 : 1);
        struct letterbox place = detector_fit(d, 771, 433);
        fill_blocks(&in, place.width, place.height);
        assert_int_equal(detector_run(d, &in, &place, 0.02, boxes[i], &n[i], NULL, NULL), OK);
    }
    assert_true(n[0] > 0);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(n[i], n[0]);
        assert_memory_equal(boxes[i], boxes[0], n[0] * sizeof boxes[0][0]);
    }
    for (size_t i = 1; i < n[0]; i++)
        assert_true(boxes[0][i - 1].confidence >= boxes[0][i].confidence);
    image_done(&in);
}

static void an_even_picture_has_nobody_in_it(void **state)
{
    (void)state;
    struct detector *d AUTO(detector_free) = load_detector(1);
    struct image in = {0};
    static struct box boxes[DETECTOR_MAX_BOXES];
    size_t n = 99;
    struct letterbox place = detector_fit(d, 640, 480);
    assert_int_equal(image_resize(&in, place.width, place.height, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < in.height; y++)
            for (int x = 0; x < in.width; x++)
                image_row(&in, c, y)[x] = 0.5F;
    assert_int_equal(detector_run(d, &in, &place, 0.5, boxes, &n, NULL, NULL), OK);
    assert_int_equal(n, 0);
    image_done(&in);
}

static void a_fired_cancel_stops_it(void **state)
{
    (void)state;
    struct detector *d AUTO(detector_free) = load_detector(1);
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct image in = {0};
    static struct box boxes[DETECTOR_MAX_BOXES];
    size_t n = 0;
    struct letterbox place = detector_fit(d, SIDE, SIDE);
    fill_blocks(&in, SIDE, SIDE);
    cancel_fire(cancel);
    assert_int_equal(detector_run(d, &in, &place, 0.5, boxes, &n, cancel, NULL), ERR_CANCELLED);
    image_done(&in);
}

static void missing_weights_say_what_fetches_them(void **state)
{
    (void)state;
    struct detector *d = NULL;
    struct error err = {0};
    const struct detector_options options = {.model_dir = "/nowhere"};
    assert_int_equal(detector_new(&options, NULL, &d, &err), ERR_MODEL);
    assert_non_null(strstr(err.text, "fetch_assets"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_what_onnx_runtime_makes),
        cmocka_unit_test(the_same_boxes_from_run_to_run_and_for_any_number_of_threads),
        cmocka_unit_test(an_even_picture_has_nobody_in_it),
        cmocka_unit_test(a_fired_cancel_stops_it),
        cmocka_unit_test(missing_weights_say_what_fetches_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
