// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/scaler.h"

#include <math.h>
#include <stdio.h>

#include "media/av.h"
#include "sys/clock.h"
#include "test.h"

// -- what ought to come out, in double precision

struct plane {
    int width, height;
    double *v;
};

// BT.709-6 at 8 bits, limited range: component 0 Y, 1 Cb, 2 Cr.
static double bt709(int component, double r, double g, double b)
{
    double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    switch (component) {
    case 0:
        return 16 + 219 * y;
    case 1:
        return 128 + 224 * (b - y) / 1.8556;
    default:
        return 128 + 224 * (r - y) / 1.5748;
    }
}

static double lanczos3(double x)
{
    x = fabs(x);
    if (x < 1e-9)
        return 1;
    return x >= 3 ? 0 : sin(M_PI * x) / (M_PI * x) * sin(M_PI * x / 3) / (M_PI * x / 3);
}

// One row or column of n_in values to n_out; sample i of the output lies at (i + 0.5) × ratio +
// shift, input samples at half integers; outside, the edge value.
static void resample(const double *in, size_t in_step, int n_in, double *out, size_t out_step,
                     int n_out, double shift)
{
    double ratio = (double)n_in / n_out;
    double widen = ratio > 1 ? ratio : 1;
    for (int i = 0; i < n_out; i++) {
        double centre = (i + 0.5) * ratio + shift - 0.5;
        double sum = 0, weights = 0;
        for (int k = (int)floor(centre - 3 * widen); k <= (int)ceil(centre + 3 * widen); k++) {
            double w = lanczos3((k - centre) / widen);
            int at = k < 0 ? 0 : k >= n_in ? n_in - 1 : k;
            sum += w * in[(size_t)at * in_step];
            weights += w;
        }
        out[(size_t)i * out_step] = sum / weights;
    }
}

static struct plane reference(const struct image *image, int component, int width, int height)
{
    int w = image->width, h = image->height;
    double *full = mem_zeroed((size_t)w * (size_t)h, sizeof(double));
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            full[y * w + x] = bt709(component, image_row(image, 0, y)[x], image_row(image, 1, y)[x],
                                    image_row(image, 2, y)[x]);
    // chroma: half as many columns, each on the left one of two luma columns of the output
    double shift = component ? -0.5 * w / width : 0;
    struct plane p = {component ? width / 2 : width, component ? height / 2 : height, NULL};
    double *wide = mem_zeroed((size_t)p.width * (size_t)h, sizeof(double));
    p.v = mem_zeroed((size_t)p.width * (size_t)p.height, sizeof(double));
    for (int y = 0; y < h; y++)
        resample(full + y * w, 1, w, wide + y * p.width, 1, p.width, shift);
    for (int x = 0; x < p.width; x++)
        resample(wide + x, (size_t)p.width, h, p.v + x, (size_t)p.width, p.height, 0);
    free(full);
    free(wide);
    return p;
}

static double psnr(const struct picture *picture, int component, const struct plane *want)
{
    double squares = 0;
    for (int y = 0; y < want->height; y++)
        for (int x = 0; x < want->width; x++) {
            const AVFrame *f = picture->frame;
            double v = want->v[y * want->width + x];
            v = v < 0 ? 0 : v > 255 ? 255 : v;
            double d = f->data[component][y * f->linesize[component] + x] - v;
            squares += d * d;
        }
    return 10 * log10(255.0 * 255 * want->width * want->height / squares);
}

// -- test images

static void make_image(struct image *image, int width, int height)
{
    *image = (struct image){0};
    assert_int_equal(image_resize(image, width, height, NULL), OK);
}

static void fill(struct image *image, float r, float g, float b)
{
    const float colour[3] = {r, g, b};
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < image->height; y++)
            for (int x = 0; x < image->width; x++)
                image_row(image, c, y)[x] = colour[c];
}

// Waves up to a third of the sampling rate, a hard edge, different in every plane.
static void texture(struct image *image)
{
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < image->height; y++)
            for (int x = 0; x < image->width; x++) {
                double v = 0.5 + 0.15 * sin(0.2 * x + 0.1 * y + c) +
                           0.1 * sin(2.0 * x - 0.7 * y * (c + 1)) +
                           (x + 2 * y > 200 + 20 * c ? 0.2 : -0.2);
                image_row(image, c, y)[x] = (float)v;
            }
}

static struct picture *scale(const struct image *image, int width, int height)
{
    AUTO(scaler_free) struct scaler *scaler = NULL;
    struct picture *picture = NULL;
    assert_int_equal(scaler_new(width, height, &scaler, NULL), OK);
    assert_int_equal(scaler_picture(scaler, image, &picture, NULL), OK);
    return picture;
}

static void assert_within_one(const struct picture *p, int component, int x, int y, double want)
{
    const AVFrame *f = p->frame;
    double got = f->data[component][y * f->linesize[component] + x];
    if (fabs(got - want) > 1)
        fail_msg("component %d at %d,%d is %g, expected %g", component, x, y, got, want);
}

// -- tests

static void colour_patches_follow_bt709_within_one_step(void **state)
{
    (void)state;
    static const float patches[][3] = {
        {0, 0, 0}, {1, 1, 1}, {0.5F, 0.5F, 0.5F}, {1, 0, 0}, {0, 1, 0},
        {0, 0, 1}, {1, 1, 0}, {0, 1, 1},          {1, 0, 1}, {0.9F, 0.6F, 0.45F},
    };
    struct image image;
    make_image(&image, 41, 73);
    for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
        const float *c = patches[i];
        fill(&image, c[0], c[1], c[2]);
        for (int size = 0; size < 2; size++) {
            AUTO(picture_unref)
            struct picture *p = size ? scale(&image, 40, 72) : scale(&image, 96, 160);
            for (int k = 0; k < 3; k++) {
                assert_within_one(p, k, 0, 0, bt709(k, c[0], c[1], c[2]));
                assert_within_one(p, k, 13, 11, bt709(k, c[0], c[1], c[2]));
            }
        }
    }
    image_done(&image);
}

// 58.9 dB would be exact rounding to 8 bits; ordered dithering has 56.
static void scaling_is_lanczos_with_left_chroma(void **state)
{
    (void)state;
    static const int sizes[][2] = {{162, 288}, {164, 292}, {108, 200}, {240, 440}};
    struct image image;
    make_image(&image, 164, 292);
    texture(&image);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        AUTO(picture_unref) struct picture *p = scale(&image, sizes[i][0], sizes[i][1]);
        for (int k = 0; k < 3; k++) {
            struct plane want = reference(&image, k, sizes[i][0], sizes[i][1]);
            double db = psnr(p, k, &want);
            print_message("# %d×%d component %d: %.1f dB\n", sizes[i][0], sizes[i][1], k, db);
            assert_true(db >= 55);
            free(want.v);
        }
    }
    image_done(&image);
}

static void luma_of_the_same_size_is_not_resampled(void **state)
{
    (void)state;
    struct image image;
    make_image(&image, 64, 48);
    unsigned seed = 1;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < 48; y++)
            for (int x = 0; x < 64; x++)
                image_row(&image, c, y)[x] = (float)((seed = seed * 1664525 + 1013904223) >> 8) /
                                             (float)(1 << 24);
    AUTO(picture_unref) struct picture *p = scale(&image, 64, 48);
    for (int y = 0; y < 48; y++)
        for (int x = 0; x < 64; x++)
            assert_within_one(p, 0, x, y,
                              bt709(0, image_row(&image, 0, y)[x], image_row(&image, 1, y)[x],
                                    image_row(&image, 2, y)[x]));
    image_done(&image);
}

static void values_outside_the_range_are_clamped(void **state)
{
    (void)state;
    struct image image;
    make_image(&image, 32, 32);
    fill(&image, 7, 7, 7);
    AUTO(picture_unref) struct picture *white = scale(&image, 32, 32);
    assert_within_one(white, 0, 9, 9, 235);
    fill(&image, -3, -3, -3);
    AUTO(picture_unref) struct picture *black = scale(&image, 32, 32);
    assert_within_one(black, 0, 9, 9, 16);
    fill(&image, NAN, NAN, NAN);
    AUTO(picture_unref) struct picture *nothing = scale(&image, 32, 32);
    assert_within_one(nothing, 0, 9, 9, 16);
    image_done(&image);
}

static void pictures_say_what_they_are(void **state)
{
    (void)state;
    struct image image;
    make_image(&image, 33, 31);
    fill(&image, 0, 0, 0);
    AUTO(picture_unref) struct picture *p = scale(&image, 20, 36);
    assert_int_equal(picture_width(p), 20);
    assert_int_equal(picture_height(p), 36);
    assert_int_equal(p->frame->colorspace, AVCOL_SPC_BT709);
    assert_int_equal(p->frame->color_range, AVCOL_RANGE_MPEG);
    assert_int_equal(p->frame->chroma_location, AVCHROMA_LOC_LEFT);
    image_done(&image);
}

static void dropped_pictures_are_used_again(void **state)
{
    (void)state;
    struct image image;
    make_image(&image, 32, 32);
    fill(&image, 0, 0, 0);
    AUTO(scaler_free) struct scaler *scaler = NULL;
    assert_int_equal(scaler_new(16, 16, &scaler, NULL), OK);
    struct picture *kept = NULL;
    assert_int_equal(scaler_picture(scaler, &image, &kept, NULL), OK);
    const uint8_t *first = NULL;
    for (int i = 0; i < 100; i++) {
        AUTO(picture_unref) struct picture *p = NULL;
        assert_int_equal(scaler_picture(scaler, &image, &p, NULL), OK);
        assert_ptr_not_equal(p->frame->data[0], kept->frame->data[0]);
        first = first ? first : p->frame->data[0];
        assert_ptr_equal(p->frame->data[0], first);
    }
    scaler_free(scaler); // and what was kept lives on
    scaler = NULL;
    assert_within_one(kept, 0, 3, 3, 16);
    picture_unref(kept);
    image_done(&image);
}

static void one_scaler_takes_images_of_different_sizes(void **state)
{
    (void)state;
    AUTO(scaler_free) struct scaler *scaler = NULL;
    assert_int_equal(scaler_new(30, 40, &scaler, NULL), OK);
    for (int i = 0; i < 4; i++) {
        struct image image;
        make_image(&image, 30 + 7 * i, 40 - 3 * i);
        fill(&image, 0.25F * (float)i, 0, 0);
        AUTO(picture_unref) struct picture *p = NULL;
        assert_int_equal(scaler_picture(scaler, &image, &p, NULL), OK);
        assert_within_one(p, 0, 29, 39, bt709(0, 0.25 * i, 0, 0));
        image_done(&image);
    }
}

static void odd_and_absurd_sizes_are_refused(void **state)
{
    (void)state;
    static const int sizes[][2] = {{0, 16}, {16, 0}, {15, 16}, {16, 17}, {-2, 16}, {20000, 16}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct scaler *scaler = NULL;
        struct error err;
        assert_int_equal(scaler_new(sizes[i][0], sizes[i][1], &scaler, &err), ERR_INVALID);
        assert_null(scaler);
    }
}

static void scaling_a_portrait_frame_takes_milliseconds(void **state)
{
    (void)state;
    struct image image;
    make_image(&image, 820, 1460);
    texture(&image);
    AUTO(scaler_free) struct scaler *scaler = NULL;
    assert_int_equal(scaler_new(810, 1440, &scaler, NULL), OK);
    int64_t best = INT64_MAX;
    for (int i = 0; i < 10; i++) {
        AUTO(picture_unref) struct picture *p = NULL;
        int64_t begin = clock_now_ns();
        assert_int_equal(scaler_picture(scaler, &image, &p, NULL), OK);
        int64_t took = clock_now_ns() - begin;
        best = took < best ? took : best;
    }
    print_message("# 820×1460 to 810×1440: %.2f ms\n", (double)best / 1e6);
    assert_true(best < 500000000);
    image_done(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_patches_follow_bt709_within_one_step),
        cmocka_unit_test(scaling_is_lanczos_with_left_chroma),
        cmocka_unit_test(luma_of_the_same_size_is_not_resampled),
        cmocka_unit_test(values_outside_the_range_are_clamped),
        cmocka_unit_test(pictures_say_what_they_are),
        cmocka_unit_test(dropped_pictures_are_used_again),
        cmocka_unit_test(one_scaler_takes_images_of_different_sizes),
        cmocka_unit_test(odd_and_absurd_sizes_are_refused),
        cmocka_unit_test(scaling_a_portrait_frame_takes_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
