// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/canvas.h"

#include <libavutil/pixdesc.h>
#include <math.h>

#include "media/av.h"
#include "test.h"

enum { W = 64, H = 48 };

// A frame with a ramp in every plane; `spread` makes neighbouring rows and columns differ.
static struct picture *source(enum AVPixelFormat format, int width, int height)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    AVFrame *f = av_own_frame_new();
    f->format = format;
    f->width = width;
    f->height = height;
    f->colorspace = AVCOL_SPC_BT709;
    f->color_range = AVCOL_RANGE_MPEG;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int c = 0; c < 3; c++) {
        int w = c ? AV_CEIL_RSHIFT(width, d->log2_chroma_w) : width;
        int h = c ? AV_CEIL_RSHIFT(height, d->log2_chroma_h) : height;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                f->data[c][y * f->linesize[c] + x] = (uint8_t)(c ? 100 + 10 * c + x * W / 2 / w +
                                                                       y * H / 2 / h
                                                                 : 40 + x + y);
    }
    return picture_new(f);
}

static int sample(const struct picture *p, int c, int x, int y)
{
    return p->frame->data[c][y * p->frame->linesize[c] + x];
}

static struct picture *on_canvas(const struct picture *from, int width, int height)
{
    AUTO(canvas_free) struct canvas *canvas = NULL;
    struct picture *p = NULL;
    assert_int_equal(canvas_new(width, height, &canvas, NULL), OK);
    assert_int_equal(canvas_picture(canvas, from, &p, NULL), OK);
    assert_int_equal(p->frame->format, AV_PIX_FMT_YUV420P);
    assert_int_equal(p->frame->colorspace, AVCOL_SPC_BT709);
    assert_int_equal(p->frame->width, width);
    assert_int_equal(p->frame->height, height);
    return p;
}

static void a_frame_like_the_film_is_copied_exactly_into_its_own_memory(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *from = source(AV_PIX_FMT_YUV420P, W, H);
    AUTO(picture_unref) struct picture *p = on_canvas(from, W, H);
    for (int c = 0; c < 3; c++) {
        assert_ptr_not_equal(p->frame->data[c], from->frame->data[c]);
        for (int y = 0; y < (c ? H / 2 : H); y++)
            for (int x = 0; x < (c ? W / 2 : W); x++)
                assert_int_equal(sample(p, c, x, y), sample(from, c, x, y));
    }
}

static void finer_chroma_is_averaged_and_luma_is_kept(void **state)
{
    (void)state;
    static const enum AVPixelFormat formats[] = {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV422P};
    for (size_t i = 0; i < 2; i++) {
        AUTO(picture_unref) struct picture *from = source(formats[i], W, H);
        AUTO(picture_unref) struct picture *p = on_canvas(from, W, H);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++)
                assert_int_equal(sample(p, 0, x, y), sample(from, 0, x, y));
        for (int c = 1; c < 3; c++)
            for (int y = 2; y < H / 2 - 2; y++)
                for (int x = 2; x < W / 2 - 2; x++)
                    assert_true(abs(sample(p, c, x, y) - (100 + 10 * c + x + y)) <= 1);
    }
}

// Y', Cb, Cr of a film's sample to R'G'B' in 0 … 255 and from BT.601's.
static double red_of(const struct picture *p, int x, int y, double kr)
{
    return 255 * ((sample(p, 0, x, y) - 16) / 219.0 +
                  2 * (1 - kr) * (sample(p, 2, x / 2, y / 2) - 128) / 224.0);
}

static void another_matrix_is_converted(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *from = source(AV_PIX_FMT_YUV420P, W, H);
    from->frame->colorspace = AVCOL_SPC_SMPTE170M;
    AUTO(picture_unref) struct picture *p = on_canvas(from, W, H);
    for (int y = 8; y < H - 8; y += 4)
        for (int x = 8; x < W - 8; x += 4)
            assert_true(fabs(red_of(p, x, y, 0.2126) - red_of(from, x, y, 0.299)) <= 3);
}

static void a_lying_frame_is_turned_upright(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *from = source(AV_PIX_FMT_YUV420P, W, H);
    from->rotation = 90; // clockwise
    from->width = H;
    from->height = W;
    AUTO(picture_unref) struct picture *p = on_canvas(from, H, W);
    for (int y = 4; y < W - 4; y += 5)
        for (int x = 4; x < H - 4; x += 5)
            assert_true(abs(sample(p, 0, x, y) - sample(from, 0, y, H - 1 - x)) <= 1);
}

static void an_odd_size_becomes_the_even_size_of_the_canvas(void **state)
{
    (void)state;
    AUTO(picture_unref) struct picture *from = source(AV_PIX_FMT_YUV420P, W + 1, H + 1);
    AUTO(picture_unref) struct picture *p = on_canvas(from, W, H);
    assert_true(abs(sample(p, 0, W / 2, H / 2) - sample(from, 0, W / 2, H / 2)) <= 3);
}

static void sizes_that_no_film_has_are_refused(void **state)
{
    (void)state;
    struct canvas *canvas = NULL;
    struct error err;
    assert_int_equal(canvas_new(63, 48, &canvas, &err), ERR_INVALID);
    assert_null(canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_like_the_film_is_copied_exactly_into_its_own_memory),
        cmocka_unit_test(finer_chroma_is_averaged_and_luma_is_kept),
        cmocka_unit_test(another_matrix_is_converted),
        cmocka_unit_test(a_lying_frame_is_turned_upright),
        cmocka_unit_test(an_odd_size_becomes_the_even_size_of_the_canvas),
        cmocka_unit_test(sizes_that_no_film_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
