// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/caption.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <pthread.h>

#include "media/av_pool.h"
#include "test.h"

static const struct caption_style white = {.size_px = 32, .rgb = 0xFFFFFF};

static struct caption_bitmap render(const char *text, const struct caption_style *style)
{
    struct caption_bitmap b;
    struct error err = {0};
    if (caption_render(text, style, &b, &err) != OK)
        fail_msg("%s: %s", text, err.text);
    return b;
}

static const uint8_t *at(const struct caption_bitmap *b, int x, int y)
{
    return b->rgba + 4 * ((size_t)y * (size_t)b->width + (size_t)x);
}

static bool has_ink(const struct caption_bitmap *b, int left, int right)
{
    for (int y = 0; y < b->height; y++)
        for (int x = left; x < right; x++)
            if (at(b, x, y)[3] > 0)
                return true;
    return false;
}

static bool same(const struct caption_bitmap *a, const struct caption_bitmap *b)
{
    return a->width == b->width && a->height == b->height &&
           memcmp(a->rgba, b->rgba, 4 * (size_t)a->width * (size_t)a->height) == 0;
}

// ---- words ----

// The same line set by Pango without anything of ours: its coverage, in a surface of w × h.
static cairo_surface_t *drawn_by_pango(const char *text, int left, int top, int w, int h)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, w, h);
    cairo_t *cr = cairo_create(surface);
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *font = pango_font_description_from_string("DejaVu Sans");
    pango_font_description_set_absolute_size(font, 32 * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    cairo_move_to(cr, left, top);
    pango_cairo_show_layout(cr, layout);
    pango_font_description_free(font);
    cairo_font_options_destroy(options);
    g_object_unref(layout);
    g_object_unref(context);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    return surface;
}

static void signs_that_mean_something_elsewhere_are_drawn_as_written(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "100% \"quoted\" 'single': a\\b",
        "%s %d %n",
        "<b>bold</b> &amp; <span>",
        "text=x:y=1,[in]",
        "${HOME} $(id) `id`",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct caption_bitmap b = render(texts[i], &white);
        cairo_surface_t *expected = drawn_by_pango(texts[i], b.left, b.top, b.width, b.height);
        const uint8_t *coverage = cairo_image_surface_get_data(expected);
        size_t stride = (size_t)cairo_image_surface_get_stride(expected);
        assert_true(has_ink(&b, 0, b.width));
        for (int y = 0; y < b.height; y++)
            for (int x = 0; x < b.width; x++)
                assert_int_equal(at(&b, x, y)[3], coverage[(size_t)y * stride + (size_t)x]);
        cairo_surface_destroy(expected);
        caption_done(&b);
    }
}

static void words_begin_at_the_side_of_their_script(void **state)
{
    (void)state;
    struct caption_style style = white;
    style.max_width_px = 600;
    struct caption_bitmap latin = render("one two", &style);
    struct caption_bitmap hebrew = render("\u05e9\u05dc\u05d5\u05dd", &style);
    assert_int_equal(latin.box_width, 600);
    assert_true(has_ink(&latin, latin.left, latin.left + 200));
    assert_false(has_ink(&latin, latin.left + 300, latin.width));
    assert_false(has_ink(&hebrew, 0, hebrew.left + 300));
    assert_true(has_ink(&hebrew, hebrew.left + 500, hebrew.width));
    style.align = CAPTION_CENTRE;
    struct caption_bitmap middle = render("one two", &style);
    assert_false(has_ink(&middle, 0, middle.left + 150));
    assert_true(has_ink(&middle, middle.left + 250, middle.left + 350));
    caption_done(&latin);
    caption_done(&hebrew);
    caption_done(&middle);
}

static void right_to_left_words_are_not_their_letters_in_reading_order(void **state)
{
    (void)state;
    struct caption_bitmap as_is = render("\u05d0\u05d1\u05d2", &white);
    struct caption_bitmap forced = render("\u202d\u05d0\u05d1\u05d2\u202c",
                                          &white); // left to right
    assert_int_equal(as_is.missing, 0);
    assert_false(same(&as_is, &forced));
    caption_done(&as_is);
    caption_done(&forced);
}

static void an_emoji_keeps_its_colours(void **state)
{
    (void)state;
    struct caption_bitmap b = render("\U0001F3C0", &white);
    bool coloured = false;
    for (int y = 0; y < b.height; y++)
        for (int x = 0; x < b.width; x++)
            coloured = coloured || at(&b, x, y)[0] > at(&b, x, y)[2] + 60;
    assert_int_equal(b.missing, 0);
    caption_done(&b);
    assert_true(coloured);
}

static void the_installed_fonts_have_the_scripts_of_the_world(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Ærøskøbing",
        "Ελληνικά",
        "Привет",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u0631\u062d\u0628\u0627",
        "你好世界",
        "日本語",
        "\u26bd \U0001F600",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct caption_bitmap b = render(texts[i], &white);
        assert_int_equal(b.missing, 0);
        assert_true(has_ink(&b, 0, b.width));
        caption_done(&b);
    }
    assert_int_equal(caption_self_test(NULL), OK);
}

static void a_glyph_that_no_font_has_is_counted_and_drawn_as_a_box(void **state)
{
    (void)state;
    struct caption_bitmap b = render("\U0010FFFD", &white);
    assert_int_equal(b.missing, 1);
    assert_true(has_ink(&b, 0, b.width));
    caption_done(&b);
}

static void lines_wrap_end_where_the_text_says_and_stop_at_the_limit(void **state)
{
    (void)state;
    struct caption_style style = white;
    style.max_width_px = 400;
    struct caption_bitmap one = render("one", &style);
    struct caption_bitmap two = render("one\ntwo", &style);
    struct caption_bitmap wrapped = render("many words that need more than one line", &style);
    style.max_lines = 2;
    struct caption_bitmap cut = render("one\ntwo\nthree\nfour", &style);
    struct caption_bitmap dots = render("one\ntwo…", &style);
    // the lines' heights add up before they are rounded to pixels
    assert_in_range(two.box_height, 2 * one.box_height - 1, 2 * one.box_height);
    assert_true(wrapped.box_height >= 2 * one.box_height - 1);
    assert_true(wrapped.line_width <= 400);
    assert_true(same(&cut, &dots));
    style.max_width_px = 60; // hardly a letter wide
    struct caption_bitmap narrow = render("abcdefghijklmnopqrstuvwxyz", &style);
    assert_int_equal(narrow.box_height, two.box_height);
    caption_done(&one);
    caption_done(&two);
    caption_done(&wrapped);
    caption_done(&cut);
    caption_done(&dots);
    caption_done(&narrow);
}

static void an_empty_text_is_a_line_without_ink(void **state)
{
    (void)state;
    struct caption_bitmap empty = render("", &white);
    struct caption_bitmap word = render("x", &white);
    assert_int_equal(empty.box_height, word.box_height);
    assert_false(has_ink(&empty, 0, empty.width));
    caption_done(&empty);
    caption_done(&word);
}

static void outline_and_shadow_lie_around_the_words(void **state)
{
    (void)state;
    struct caption_style style = white;
    struct caption_bitmap plain = render("l", &style);
    style.outline_px = 3;
    struct caption_bitmap outlined = render("l", &style);
    style.outline_px = 0;
    style.shadow_px = 6;
    struct caption_bitmap shadowed = render("l", &style);
    int middle = plain.top + plain.box_height / 2;
    int x = plain.left;
    while (at(&plain, x, middle)[3] < 255)
        x++;
    int dx = outlined.left - plain.left, dy = outlined.top - plain.top;
    assert_int_equal(at(&outlined, x + dx, middle + dy)[0], 255);
    assert_int_equal(at(&outlined, x + dx - 3, middle + dy)[0], 0);
    assert_int_equal(at(&outlined, x + dx - 3, middle + dy)[3], 255);
    assert_int_equal(at(&plain, x - 3, middle)[3], 0);
    dx = shadowed.left - plain.left, dy = shadowed.top - plain.top;
    assert_int_equal(at(&shadowed, x + dx + 6, middle + dy)[0], 0);
    assert_in_range(at(&shadowed, x + dx + 6, middle + dy)[3], 150, 156); // 0.6
    caption_done(&plain);
    caption_done(&outlined);
    caption_done(&shadowed);
}

static void what_cannot_be_drawn_is_refused(void **state)
{
    (void)state;
    static const struct caption_style wrong[] = {
        {.size_px = 0},
        {.size_px = NAN},
        {.size_px = 2000},
        {.size_px = 20, .outline_px = -1},
        {.size_px = 20, .shadow_px = 100},
        {.size_px = 20, .max_width_px = 9000},
        {.size_px = 20, .max_lines = -1},
    };
    struct caption_bitmap b;
    struct error err;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(caption_render("x", &wrong[i], &b, &err), ERR_INVALID);
    assert_int_equal(caption_render("a\xff", &white, &b, &err), ERR_INVALID);
    char *text = mem_zeroed(CAPTION_MAX_TEXT_BYTES + 2, 1);
    memset(text, '\n', CAPTION_MAX_TEXT_BYTES + 1);
    assert_int_equal(caption_render(text, &white, &b, &err), ERR_LIMIT);
    text[CAPTION_MAX_TEXT_BYTES] = '\0';
    assert_int_equal(caption_render(text, &white, &b, &err), ERR_LIMIT); // that many lines
    free(text);
    assert_int_equal(caption_new(0, 5, &b, &err), ERR_INVALID);
    assert_int_equal(caption_new(5, CAPTION_MAX_SIDE_PX + 1, &b, &err), ERR_INVALID);
}

static void *render_in_thread(void *result)
{
    struct caption_bitmap *b = result;
    *b = render("threads \u05e9 \U0001F600", &white);
    return NULL;
}

static void threads_render_at_the_same_time(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct caption_bitmap results[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, render_in_thread, &results[i]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 1; i < THREADS; i++)
        assert_true(same(&results[0], &results[i]));
    for (int i = 0; i < THREADS; i++)
        caption_done(&results[i]);
}

// ---- bitmaps ----

static void assert_pixel(const struct caption_bitmap *b, int x, int y, uint32_t rgba)
{
    const uint8_t *p = at(b, x, y);
    assert_int_equal((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3],
                     rgba);
}

static void rectangles_frames_and_words_are_put_over_one_another(void **state)
{
    (void)state;
    struct caption_bitmap b, dot;
    assert_int_equal(caption_new(20, 10, &b, NULL), OK);
    assert_int_equal(caption_new(2, 2, &dot, NULL), OK);
    caption_fill(&b, (struct caption_rect){0, 0, 20, 10}, 0x000000, 0.6);
    assert_pixel(&b, 0, 0, 0x00000099);
    caption_frame(&b, (struct caption_rect){2, 1, 16, 8}, 2, 0xC62828);
    assert_pixel(&b, 2, 1, 0xC62828FF);
    assert_pixel(&b, 3, 4, 0xC62828FF);
    assert_pixel(&b, 17, 8, 0xC62828FF);
    assert_pixel(&b, 4, 3, 0x00000099);
    assert_pixel(&b, 1, 1, 0x00000099);
    assert_pixel(&b, 18, 8, 0x00000099);
    caption_fill(&dot, (struct caption_rect){-5, -5, 99, 99}, 0xFFFFFF, 0.5);
    caption_put(&b, &dot, 9, 5);
    assert_pixel(&b, 9, 5, 0x808080CC); // 0.5 + 0.6 × 0.5 = 0.8
    assert_pixel(&b, 8, 5, 0x00000099);
    caption_put(&b, &dot, -1, 9); // partly outside
    assert_pixel(&b, 0, 9, 0x808080CC);
    caption_done(&b);
    caption_done(&dot);
}

static void a_frame_thicker_than_its_rectangle_fills_it(void **state)
{
    (void)state;
    struct caption_bitmap b;
    assert_int_equal(caption_new(8, 8, &b, NULL), OK);
    caption_frame(&b, (struct caption_rect){2, 2, 3, 3}, 50, 0x123456);
    assert_pixel(&b, 2, 2, 0x123456FF);
    assert_pixel(&b, 3, 3, 0x123456FF);
    assert_pixel(&b, 4, 4, 0x123456FF);
    assert_pixel(&b, 5, 4, 0);
    caption_done(&b);
}

// ---- onto pictures ----

enum { W = 64, H = 48, GREY = 90, CB = 110, CR = 150 };

static struct picture *grey(struct av_pool *pool)
{
    AVFrame *frame = NULL;
    assert_int_equal(av_pool_frame(pool, &frame, NULL), OK);
    static const int values[3] = {GREY, CB, CR};
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < (c ? H / 2 : H); y++)
            memset(frame->data[c] + (ptrdiff_t)y * frame->linesize[c], values[c],
                   (size_t)(c ? W / 2 : W));
    return picture_new(frame);
}

static int sample(const struct picture *p, int c, int x, int y)
{
    return p->frame->data[c][y * p->frame->linesize[c] + x];
}

// BT.709-6 at 8 bits, limited range, of one colour over another.
static double expected(int c, uint32_t rgb, double coverage, int under)
{
    double r = (rgb >> 16 & 0xFF) / 255.0, g = (rgb >> 8 & 0xFF) / 255.0, b = (rgb & 0xFF) / 255.0;
    double y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    double over = c == 0   ? 16 + 219 * y
                  : c == 1 ? 128 + 224 * (b - y) / 1.8556
                           : 128 + 224 * (r - y) / 1.5748;
    return over * coverage + under * (1 - coverage);
}

static void a_colour_on_the_picture_is_its_bt709_value(void **state)
{
    (void)state;
    static const uint32_t colours[] = {0x000000, 0xFFFFFF, 0xC62828, 0xF9A825,
                                       0x1565C0, 0x2E7D32, 0x66BB6A};
    static const double opacities[] = {1, 0.5, 0.25};
    AUTO(av_pool_free) struct av_pool *pool = NULL;
    assert_int_equal(av_pool_new(W, H, &pool, NULL), OK);
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        double opacity = opacities[i % 3];
        struct caption_bitmap b;
        assert_int_equal(caption_new(16, 12, &b, NULL), OK);
        caption_fill(&b, (struct caption_rect){0, 0, 16, 12}, colours[i], 1);
        AUTO(picture_unref) struct picture *p = grey(pool);
        caption_blend(&b, 10, 8, opacity, p);
        assert_true(fabs(sample(p, 0, 12, 10) - expected(0, colours[i], opacity, GREY)) <= 0.51);
        assert_true(fabs(sample(p, 1, 8, 6) - expected(1, colours[i], opacity, CB)) <= 0.51);
        assert_true(fabs(sample(p, 2, 8, 6) - expected(2, colours[i], opacity, CR)) <= 0.51);
        caption_done(&b);
    }
}

static void only_pixels_under_the_bitmap_change(void **state)
{
    (void)state;
    static const struct {
        int x, y;
    } places[] = {{10, 8}, {11, 9}, {-5, -7}, {W - 9, H - 5}, {-20, 3}, {W, H}, {3, 500}, {-1, -1}};
    AUTO(av_pool_free) struct av_pool *pool = NULL;
    assert_int_equal(av_pool_new(W, H, &pool, NULL), OK);
    struct caption_bitmap b;
    assert_int_equal(caption_new(17, 13, &b, NULL), OK);
    caption_fill(&b, (struct caption_rect){0, 0, 17, 13}, 0xFFFFFF, 1);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        AUTO(picture_unref) struct picture *p = grey(pool);
        int left = places[i].x, top = places[i].y;
        caption_blend(&b, left, top, 1, p);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                bool inside = x >= left && x < left + 17 && y >= top && y < top + 13;
                assert_int_equal(sample(p, 0, x, y), inside ? 235 : GREY);
            }
        for (int y = 0; y < H / 2; y++)
            for (int x = 0; x < W / 2; x++) {
                bool away = 2 * x + 1 < left || 2 * x - 1 >= left + 17 || 2 * y + 1 < top ||
                            2 * y >= top + 13;
                if (away)
                    assert_int_equal(sample(p, 1, x, y), CB);
            }
    }
    caption_done(&b);
}

static void chroma_at_an_odd_edge_is_weighed_by_what_is_covered(void **state)
{
    (void)state;
    AUTO(av_pool_free) struct av_pool *pool = NULL;
    assert_int_equal(av_pool_new(W, H, &pool, NULL), OK);
    struct caption_bitmap b;
    assert_int_equal(caption_new(8, 9, &b, NULL), OK);
    caption_fill(&b, (struct caption_rect){0, 0, 8, 9}, 0x1565C0, 1);
    AUTO(picture_unref) struct picture *p = grey(pool);
    caption_blend(&b, 10, 8, 1, p);
    // column 10 is chroma 5's own: it and 11 are covered, 9 is not; of rows 16 and 17 the first is
    assert_true(fabs(sample(p, 1, 5, 5) - expected(1, 0x1565C0, 0.75, CB)) <= 0.51);
    assert_true(fabs(sample(p, 1, 7, 8) - expected(1, 0x1565C0, 0.5, CB)) <= 0.51);
    assert_true(fabs(sample(p, 1, 9, 5) - expected(1, 0x1565C0, 0.25, CB)) <= 0.51);
    caption_done(&b);
}

static void at_opacity_0_nothing_changes(void **state)
{
    (void)state;
    AUTO(av_pool_free) struct av_pool *pool = NULL;
    assert_int_equal(av_pool_new(W, H, &pool, NULL), OK);
    struct caption_bitmap b = render("x", &white);
    AUTO(picture_unref) struct picture *p = grey(pool);
    caption_blend(&b, 0, 0, 0, p);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            assert_int_equal(sample(p, 0, x, y), GREY);
    caption_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_that_mean_something_elsewhere_are_drawn_as_written),
        cmocka_unit_test(words_begin_at_the_side_of_their_script),
        cmocka_unit_test(right_to_left_words_are_not_their_letters_in_reading_order),
        cmocka_unit_test(an_emoji_keeps_its_colours),
        cmocka_unit_test(the_installed_fonts_have_the_scripts_of_the_world),
        cmocka_unit_test(a_glyph_that_no_font_has_is_counted_and_drawn_as_a_box),
        cmocka_unit_test(lines_wrap_end_where_the_text_says_and_stop_at_the_limit),
        cmocka_unit_test(an_empty_text_is_a_line_without_ink),
        cmocka_unit_test(outline_and_shadow_lie_around_the_words),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
        cmocka_unit_test(threads_render_at_the_same_time),
        cmocka_unit_test(rectangles_frames_and_words_are_put_over_one_another),
        cmocka_unit_test(a_frame_thicker_than_its_rectangle_fills_it),
        cmocka_unit_test(a_colour_on_the_picture_is_its_bt709_value),
        cmocka_unit_test(only_pixels_under_the_bitmap_change),
        cmocka_unit_test(chroma_at_an_odd_edge_is_weighed_by_what_is_covered),
        cmocka_unit_test(at_opacity_0_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
