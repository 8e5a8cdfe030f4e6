// SPDX-License-Identifier: GPL-3.0-or-later
// The real weights (HEADWAY_MODEL_DIR, fetched by tools/fetch_assets.sh) on real pixels.
#include "vision/upscaler.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/clock.h"
#include "test.h"

#include "naive.h"

enum { SIDE = 32, FACTOR = 4 };

static struct upscaler *make(const char *model, int threads, enum precision precision)
{
    const struct upscaler_options options = {
        .model = model, .threads = threads, .precision = precision};
    struct upscaler *u = NULL;
    struct error err = {0};
    if (upscaler_new(&options, NULL, &u, &err) != OK)
        fail_msg("%s", err.text);
    return u;
}

static void run(struct upscaler *u, const struct image *in, struct image *out)
{
    struct error err = {0};
    if (upscaler_run(u, in, out, NULL, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
}

static void read_golden(const char *file, int side, int bytes, struct image *image)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", getenv("HEADWAY_GOLDEN_DIR"), file);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(image_resize(image, side, side, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++) {
                unsigned char b[2] = {0};
                assert_int_equal(fread(b, (size_t)bytes, 1, f), 1);
                float v = bytes == 1 ? b[0] / 255.0F
                                     : (float)(b[0] | b[1] << 8) / 65535.0F * 1.5F - 0.25F;
                image_row(image, c, y)[x] = v;
            }
    assert_int_equal(fclose(f), 0);
}

static void equals_onnx_runtime(void **state)
{
    (void)state;
    struct image in = {0}, ours = {0}, theirs = {0};
    read_golden("input.u8", SIDE, 1, &in);
    const char *const names[][2] = {{"x4fast", "x4fast.u16"}, {"animevideov3", "animevideov3.u16"}};
    for (int i = 0; i < 2; i++) {
        read_golden(names[i][1], SIDE * FACTOR, 2, &theirs);
        struct upscaler *u AUTO(upscaler_free) = make(names[i][0], 1, PRECISION_F32);
        run(u, &in, &ours);
        double db = naive_psnr(&ours, &theirs);
        if (!(db >= 80))
            fail_msg("%s: %.1f dB", names[i][0], db);
    }
    image_done(&in);
    image_done(&ours);
    image_done(&theirs);
}

// A picture with structure at all scales: the golden crop, repeated and mirrored.
static void mosaic(struct image *image, int width, int height)
{
    struct image in = {0};
    read_golden("input.u8", SIDE, 1, &in);
    assert_int_equal(image_resize(image, width, height, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                int u = x % (2 * SIDE), v = y % (2 * SIDE);
                u = u < SIDE ? u : 2 * SIDE - 1 - u;
                v = v < SIDE ? v : 2 * SIDE - 1 - v;
                image_row(image, c, y)[x] = image_row(&in, c, v)[u];
            }
    image_done(&in);
}

static void bf16_is_within_50_db_of_f32(void **state)
{
    (void)state;
    const struct upscaler_options options = {.precision = PRECISION_BF16, .threads = 1};
    struct upscaler *b AUTO(upscaler_free) = NULL;
    struct error err = {0};
    enum status s = upscaler_new(&options, NULL, &b, &err);
    if (s == ERR_UNAVAILABLE)
        skip();
    assert_int_equal(s, OK);
    struct upscaler *f AUTO(upscaler_free) = make("x4fast", 1, PRECISION_F32);
    struct image in = {0}, exact = {0}, coarse = {0};
    mosaic(&in, 61, 45);
    run(f, &in, &exact);
    run(b, &in, &coarse);
    double db = naive_psnr(&exact, &coarse);
    assert_string_equal(upscaler_info(b).backend.precision, "bf16");
    if (!(db >= 50 && db < 90))
        fail_msg("%.1f dB", db);
    image_done(&in);
    image_done(&exact);
    image_done(&coarse);
}

// The middle of a tile whose border lies an overlap away equals the same place in the whole.
static void tiles_leave_no_seam(void **state)
{
    (void)state;
    const char *const names[] = {"x4fast", "animevideov3", "animevideov3-x2", "animevideov3-x3"};
    struct image in = {0}, whole = {0}, tiled = {0};
    mosaic(&in, 111, 97);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct upscaler *u AUTO(upscaler_free) = make(names[i], 1, PRECISION_F32);
        run(u, &in, &whole);
        upscaler_limit_tile(u, 96 * 88);
        assert_int_equal(upscaler_tile_count(u, in.width, in.height) > 1, true);
        run(u, &in, &tiled);
        double most = naive_max_difference(&whole, &tiled);
        if (!(most < 1e-4))
            fail_msg("%s: seam of %g", names[i], most);
    }
    image_done(&in);
    image_done(&whole);
    image_done(&tiled);
}

static void results_do_not_depend_on_threads_or_runs(void **state)
{
    (void)state;
    struct image in = {0}, first = {0}, other = {0};
    mosaic(&in, 53, 39);
    for (int i = 0; i < 4; i++) {
        struct upscaler *u AUTO(upscaler_free) = make("animevideov3", i % 3 + 1, PRECISION_AUTO);
        run(u, &in, i ? &other : &first);
        if (i)
            assert_true(naive_max_difference(&first, &other) == 0);
    }
    image_done(&in);
    image_done(&first);
    image_done(&other);
}

static void any_size_works_and_sizes_may_alternate(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 3}, {33, 1}, {1, 50}, {41, 37}, {48, 40}, {1, 1}};
    struct upscaler *u AUTO(upscaler_free) = make("animevideov3", 1, PRECISION_AUTO);
    struct image in = {0}, out = {0}, first = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mosaic(&in, sizes[i][0], sizes[i][1]);
        run(u, &in, &out);
        assert_int_equal(out.width, sizes[i][0] * 4);
        assert_int_equal(out.height, sizes[i][1] * 4);
        float v = image_row(&out, 0, out.height - 1)[out.width - 1];
        assert_true(v > -0.5F && v < 1.5F);
        if (i == 0)
            run(u, &in, &first);
    }
    assert_true(naive_max_difference(&first, &out) == 0);
    image_done(&in);
    image_done(&out);
    image_done(&first);
}

static void every_model_makes_the_factor_that_its_row_says(void **state)
{
    (void)state;
    for (size_t i = 0; upscaler_model_at(i); i++) {
        const struct upscaler_model *m = upscaler_model_at(i);
        struct upscaler *u AUTO(upscaler_free) = make(m->name, 1, PRECISION_AUTO);
        assert_int_equal(upscaler_factor(u), m->factor);
        assert_true(m->text[0]);
    }
}

struct firing {
    struct cancel *cancel;
    int64_t fired_ns;
};

static void *fire(void *arg)
{
    struct firing *f = arg;
    f->fired_ns = clock_now_ns();
    cancel_fire(f->cancel);
    return NULL;
}

// x4plus takes minutes for this picture; the cancel comes while it works on it.
static void stops_within_a_second_of_the_cancel(void **state)
{
    (void)state;
    struct upscaler *u AUTO(upscaler_free) = make("x4plus", 1, PRECISION_AUTO);
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct firing firing = {.cancel = cancel};
    struct image in = {0}, out = {0};
    pthread_t thread;
    mosaic(&in, 400, 300);
    assert_int_equal(pthread_create(&thread, NULL, fire, &firing), 0);
    assert_int_equal(upscaler_run(u, &in, &out, cancel, NULL), ERR_CANCELLED);
    int64_t stopped_ns = clock_now_ns();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(stopped_ns - firing.fired_ns < 1000000000);
    image_done(&in);
    image_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_onnx_runtime),
        cmocka_unit_test(bf16_is_within_50_db_of_f32),
        cmocka_unit_test(tiles_leave_no_seam),
        cmocka_unit_test(results_do_not_depend_on_threads_or_runs),
        cmocka_unit_test(any_size_works_and_sizes_may_alternate),
        cmocka_unit_test(every_model_makes_the_factor_that_its_row_says),
        cmocka_unit_test(stops_within_a_second_of_the_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
