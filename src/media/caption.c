// SPDX-License-Identifier: GPL-3.0-or-later
// caption.c — see caption.h.
//
// Pango breaks the lines, orders and shapes the glyphs and finds a font for each; Cairo draws
// them. Outline and shadow are made of the drawn words' own coverage, put down in black around
// them, because an emoji is a picture and has no path. From there on a caption is plain bytes.
#include "media/caption.h"

#include <assert.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "media/av.h"

// Fonts in order of preference; fontconfig finds others for what these lack.
static const char font_family[] = "DejaVu Sans, Noto Sans, Droid Sans Fallback, sans-serif";

enum {
    OUTLINE_STEPS = 16, // copies of the words around the circle
    OPAQUE = 255,
};
#define SHADOW_OPACITY 0.6

static void own_object(void *object)
{
    if (object)
        g_object_unref(object);
}
AUTO_DEFINE(PangoLayout, own_object)

static void own_surface(cairo_surface_t *surface)
{
    if (surface)
        cairo_surface_destroy(surface);
}
AUTO_DEFINE(cairo_surface_t, own_surface)

// ---- the layout ----

static enum status check(const char *text, size_t n, const struct caption_style *s,
                         struct error *err)
{
    if (n > CAPTION_MAX_TEXT_BYTES)
        return error_set(err, ERR_LIMIT, "a caption of %zu bytes, more than %d", n,
                         CAPTION_MAX_TEXT_BYTES);
    if (!text_utf8_valid(text, n))
        return error_set(err, ERR_INVALID, "a caption that is not valid UTF-8");
    bool edges = s->outline_px >= 0 && s->outline_px <= CAPTION_MAX_EDGE_PX && s->shadow_px >= 0 &&
                 s->shadow_px <= CAPTION_MAX_EDGE_PX;
    if (!(s->size_px >= 1 && s->size_px <= CAPTION_MAX_SIZE_PX) || !edges || s->max_width_px < 0 ||
        s->max_width_px > CAPTION_MAX_SIDE_PX || s->max_lines < 0)
        return error_set(err, ERR_INVALID,
                         "a caption of %.6g px, outline %.6g, shadow %.6g, width %d: out of bounds",
                         s->size_px, s->outline_px, s->shadow_px, s->max_width_px);
    return OK;
}

static void set_font(PangoLayout *layout, const struct caption_style *style)
{
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, font_family);
    pango_font_description_set_absolute_size(font, round(style->size_px * PANGO_SCALE));
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
}

// The same pixels on every machine that has the same fonts: the desktop's settings do not count.
static PangoLayout *new_layout(void)
{
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    PangoLayout *layout = pango_layout_new(context);
    g_object_unref(context);
    return layout;
}

static PangoLayout *lay_out(const char *text, const struct caption_style *style)
{
    static const PangoAlignment alignments[] = {
        [CAPTION_START] = PANGO_ALIGN_LEFT, // Pango too turns it for right-to-left paragraphs
        [CAPTION_CENTRE] = PANGO_ALIGN_CENTER,
        [CAPTION_END] = PANGO_ALIGN_RIGHT,
    };
    _Static_assert(sizeof alignments / sizeof *alignments == CAPTION_ALIGN_COUNT, "one each");
    assert((unsigned)style->align < CAPTION_ALIGN_COUNT);
    PangoLayout *layout = new_layout();
    set_font(layout, style);
    pango_layout_set_text(layout, text, -1);
    int width = style->max_width_px > 0 ? style->max_width_px : CAPTION_MAX_SIDE_PX;
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, alignments[style->align]);
    return layout;
}

// Shortens the text by its last character, with the marks on it and what is joined to it.
static void drop_last(char *text)
{
    static const gunichar joiner = 0x200D;
    char *last = g_utf8_find_prev_char(text, text + strlen(text));
    while (last) {
        gunichar dropped = g_utf8_get_char(last);
        *last = '\0';
        last = g_utf8_find_prev_char(text, last);
        bool clings = g_unichar_ismark(dropped) || dropped == joiner ||
                      (last && g_utf8_get_char(last) == joiner);
        if (!clings)
            return;
    }
}

// Cuts the text where its line `lines` ends, so that it fits there with an ellipsis behind. Not
// Pango's own ellipsis: that one counts the lines of each paragraph anew.
static void cut_lines(PangoLayout *layout, int lines)
{
    static const char ellipsis[] = "…";
    if (pango_layout_get_line_count(layout) <= lines)
        return;
    const PangoLayoutLine *line = pango_layout_get_line_readonly(layout, lines - 1);
    AUTO(mem_free)
    char *kept = mem_strndup(pango_layout_get_text(layout),
                             (size_t)line->start_index + (size_t)line->length);
    do {
        struct buffer shown BUFFER_AUTO;
        buffer_init(&shown, CAPTION_MAX_TEXT_BYTES + sizeof ellipsis);
        buffer_text(&shown, g_strchomp(kept));
        buffer_text(&shown, ellipsis);
        pango_layout_set_text(layout, buffer_string(&shown), (int)shown.size);
        drop_last(kept);
    } while (pango_layout_get_line_count(layout) > lines && kept[0]);
}

// ---- the drawing ----

// Where things lie in the layout's own pixels, and how much room they need.
struct extent {
    PangoRectangle box;  // of the words
    PangoRectangle area; // of the bitmap
};

static int min(int a, int b)
{
    return a < b ? a : b;
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

static struct extent measure(PangoLayout *layout, const struct caption_style *style)
{
    PangoRectangle ink, logical;
    pango_layout_get_pixel_extents(layout, &ink, &logical);
    PangoRectangle box = logical;
    if (style->max_width_px > 0) {
        box.x = 0;
        box.width = style->max_width_px;
    }
    int edge = (int)ceil(style->outline_px) + (int)ceil(style->shadow_px) + 1;
    int left = min(box.x, ink.x) - edge;
    int top = min(box.y, ink.y) - edge;
    int right = max(box.x + box.width, ink.x + ink.width) + edge;
    int bottom = max(box.y + box.height, ink.y + ink.height) + edge;
    return (struct extent){box, {left, top, right - left, bottom - top}};
}

static cairo_surface_t *draw_words(PangoLayout *layout, const struct extent *extent, uint32_t rgb)
{
    cairo_surface_t *words = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, extent->area.width,
                                                        extent->area.height);
    cairo_t *cr = cairo_create(words);
    cairo_translate(cr, -extent->area.x, -extent->area.y);
    cairo_set_source_rgb(cr, (rgb >> 16 & 0xFF) / 255.0, (rgb >> 8 & 0xFF) / 255.0,
                         (rgb & 0xFF) / 255.0);
    pango_cairo_show_layout(cr, layout);
    cairo_destroy(cr);
    return words;
}

// The words over their shadow and outline.
static cairo_surface_t *draw_edges(cairo_surface_t *words, const struct caption_style *style)
{
    cairo_surface_t *all = cairo_surface_create_similar_image(
        words, CAIRO_FORMAT_ARGB32, cairo_image_surface_get_width(words),
        cairo_image_surface_get_height(words));
    cairo_t *cr = cairo_create(all);
    if (style->shadow_px > 0) {
        cairo_set_source_rgba(cr, 0, 0, 0, SHADOW_OPACITY);
        cairo_mask_surface(cr, words, style->shadow_px, style->shadow_px);
    }
    cairo_set_source_rgb(cr, 0, 0, 0);
    for (int i = 0; style->outline_px > 0 && i < OUTLINE_STEPS; i++) {
        double angle = 2 * M_PI * i / OUTLINE_STEPS;
        cairo_mask_surface(cr, words, style->outline_px * cos(angle),
                           style->outline_px * sin(angle));
    }
    cairo_set_source_surface(cr, words, 0, 0);
    cairo_paint(cr);
    cairo_destroy(cr);
    return all;
}

// Cairo's pixels are words of alpha, red, green, blue from the top bit down.
static void take_pixels(cairo_surface_t *from, struct caption_bitmap *to)
{
    cairo_surface_flush(from);
    const unsigned char *data = cairo_image_surface_get_data(from);
    size_t stride = (size_t)cairo_image_surface_get_stride(from);
    for (int y = 0; y < to->height; y++) {
        for (int x = 0; x < to->width; x++) {
            uint32_t pixel;
            memcpy(&pixel, data + (size_t)y * stride + (size_t)x * sizeof pixel, sizeof pixel);
            uint8_t *rgba = to->rgba + 4 * ((size_t)y * (size_t)to->width + (size_t)x);
            rgba[0] = (uint8_t)(pixel >> 16);
            rgba[1] = (uint8_t)(pixel >> 8);
            rgba[2] = (uint8_t)pixel;
            rgba[3] = (uint8_t)(pixel >> 24);
        }
    }
}

static enum status too_high(struct error *err)
{
    return error_set(err, ERR_LIMIT, "a caption higher than %d pixels", CAPTION_MAX_SIDE_PX);
}

static enum status draw(PangoLayout *layout, const struct caption_style *style,
                        struct caption_bitmap *ret, struct error *err)
{
    struct extent extent = measure(layout, style);
    if (extent.area.height > CAPTION_MAX_SIDE_PX)
        return too_high(err);
    AUTO(own_surface) cairo_surface_t *words = draw_words(layout, &extent, style->rgb);
    AUTO(own_surface) cairo_surface_t *all = draw_edges(words, style);
    if (cairo_surface_status(words) != CAIRO_STATUS_SUCCESS ||
        cairo_surface_status(all) != CAIRO_STATUS_SUCCESS)
        return error_set(err, ERR_MEMORY, "no memory for a caption of %d×%d pixels",
                         extent.area.width, extent.area.height);
    size_t pixels = (size_t)extent.area.width * (size_t)extent.area.height;
    PangoRectangle logical;
    pango_layout_get_pixel_extents(layout, NULL, &logical);
    *ret = (struct caption_bitmap){
        .rgba = mem_try_array(pixels, 4),
        .width = extent.area.width,
        .height = extent.area.height,
        .left = extent.box.x - extent.area.x,
        .top = extent.box.y - extent.area.y,
        .box_width = extent.box.width,
        .box_height = extent.box.height,
        .line_width = logical.width,
        .missing = pango_layout_get_unknown_glyphs_count(layout),
    };
    if (!ret->rgba)
        return error_set(err, ERR_MEMORY, "no memory for a caption");
    take_pixels(all, ret);
    return OK;
}

enum status caption_render(const char *text, const struct caption_style *style,
                           struct caption_bitmap *ret, struct error *err)
{
    *ret = (struct caption_bitmap){0};
    enum status status = check(text, strlen(text), style, err);
    if (status != OK)
        return status;
    AUTO(own_object) PangoLayout *layout = lay_out(text, style);
    if (style->max_lines > 0)
        cut_lines(layout, style->max_lines);
    if (pango_layout_get_line_count(layout) > CAPTION_MAX_SIDE_PX / style->size_px)
        return too_high(err); // asked before Pango adds up heights
    return draw(layout, style, ret, err);
}

// ---- bitmaps ----

enum status caption_new(int width, int height, struct caption_bitmap *ret, struct error *err)
{
    *ret = (struct caption_bitmap){0};
    if (width < 1 || height < 1 || width > CAPTION_MAX_SIDE_PX || height > CAPTION_MAX_SIDE_PX)
        return error_set(err, ERR_INVALID, "a bitmap of %d×%d pixels: each side must be 1 to %d",
                         width, height, CAPTION_MAX_SIDE_PX);
    size_t bytes = 4 * (size_t)width * (size_t)height;
    uint8_t *rgba = mem_try_array(bytes, 1);
    if (!rgba)
        return error_set(err, ERR_MEMORY, "no memory for a bitmap of %d×%d pixels", width, height);
    memset(rgba, 0, bytes);
    *ret = (struct caption_bitmap){
        .rgba = rgba, .width = width, .height = height, .box_width = width, .box_height = height};
    return OK;
}

void caption_done(struct caption_bitmap *bitmap)
{
    if (!bitmap)
        return;
    free(bitmap->rgba);
    *bitmap = (struct caption_bitmap){0};
}

// `ink` over one pixel; both premultiplied.
static void put_pixel(uint8_t *pixel, const uint8_t ink[4])
{
    for (int c = 0; c < 4; c++)
        pixel[c] = (uint8_t)(ink[c] + (pixel[c] * (OPAQUE - ink[3]) + OPAQUE / 2) / OPAQUE);
}

static uint8_t *pixel_at(const struct caption_bitmap *b, int x, int y)
{
    return b->rgba + 4 * ((size_t)y * (size_t)b->width + (size_t)x);
}

void caption_fill(struct caption_bitmap *b, struct caption_rect rect, uint32_t rgb, double opacity)
{
    const uint8_t ink[4] = {
        (uint8_t)lround((rgb >> 16 & 0xFF) * opacity),
        (uint8_t)lround((rgb >> 8 & 0xFF) * opacity),
        (uint8_t)lround((rgb & 0xFF) * opacity),
        (uint8_t)lround(OPAQUE * opacity),
    };
    for (int y = max(rect.y, 0); y < min(rect.y + rect.height, b->height); y++)
        for (int x = max(rect.x, 0); x < min(rect.x + rect.width, b->width); x++)
            put_pixel(pixel_at(b, x, y), ink);
}

void caption_frame(struct caption_bitmap *b, struct caption_rect r, int thickness, uint32_t rgb)
{
    int across = min(thickness, r.width);
    int down = min(thickness, r.height);
    int inner = max(r.height - 2 * down, 0);
    caption_fill(b, (struct caption_rect){r.x, r.y, r.width, down}, rgb, 1);
    caption_fill(b, (struct caption_rect){r.x, r.y + r.height - down, r.width, down}, rgb, 1);
    caption_fill(b, (struct caption_rect){r.x, r.y + down, across, inner}, rgb, 1);
    caption_fill(b, (struct caption_rect){r.x + r.width - across, r.y + down, across, inner}, rgb,
                 1);
}

void caption_put(struct caption_bitmap *b, const struct caption_bitmap *ink, int x, int y)
{
    int left = x - ink->left;
    int top = y - ink->top;
    for (int row = max(top, 0); row < min(top + ink->height, b->height); row++)
        for (int column = max(left, 0); column < min(left + ink->width, b->width); column++)
            put_pixel(pixel_at(b, column, row), pixel_at(ink, column - left, row - top));
}

// ---- onto a picture ----

// A bitmap at its place on a picture.
struct stamp {
    const struct caption_bitmap *bitmap;
    int x, y;
    float opacity;
    AVFrame *frame;
};

// What a pixel weighs in: R'G'B' and coverage, premultiplied, in [0, 1].
struct weighed {
    float r, g, b, a;
};

static void weigh(const struct stamp *s, int x, int y, float weight, struct weighed *sum)
{
    x = min(max(x, 0), s->frame->width - 1) - s->x;
    y = min(max(y, 0), s->frame->height - 1) - s->y;
    if (x < 0 || y < 0 || x >= s->bitmap->width || y >= s->bitmap->height)
        return;
    const uint8_t *pixel = pixel_at(s->bitmap, x, y);
    weight *= s->opacity / OPAQUE;
    sum->r += weight * pixel[0];
    sum->g += weight * pixel[1];
    sum->b += weight * pixel[2];
    sum->a += weight * pixel[3];
}

static uint8_t mix(uint8_t under, float over, float coverage)
{
    float v = (float)under * (1 - coverage) + over + 0.5F;
    return (uint8_t)(v < 0 ? 0 : v > OPAQUE ? OPAQUE : v);
}

static float luma_of(const struct weighed *w)
{
    return 0.2126F * w->r + 0.7152F * w->g + 0.0722F * w->b;
}

static void blend_luma(const struct stamp *s)
{
    AVFrame *f = s->frame;
    for (int y = max(s->y, 0); y < min(s->y + s->bitmap->height, f->height); y++) {
        uint8_t *row = f->data[0] + (ptrdiff_t)y * f->linesize[0];
        for (int x = max(s->x, 0); x < min(s->x + s->bitmap->width, f->width); x++) {
            struct weighed w = {0};
            weigh(s, x, y, 1, &w);
            if (w.a > 0)
                row[x] = mix(row[x], 16 * w.a + 219 * luma_of(&w), w.a);
        }
    }
}

// Chroma sample (x, y) lies on luma column 2x, halfway between rows 2y and 2y + 1.
static void weigh_chroma(const struct stamp *s, int x, int y, struct weighed *sum)
{
    for (int row = 0; row < 2; row++) {
        weigh(s, 2 * x - 1, 2 * y + row, 0.125F, sum);
        weigh(s, 2 * x, 2 * y + row, 0.25F, sum);
        weigh(s, 2 * x + 1, 2 * y + row, 0.125F, sum);
    }
}

static void blend_chroma(const struct stamp *s)
{
    AVFrame *f = s->frame;
    int bottom = min((s->y + s->bitmap->height + 1) / 2, (f->height + 1) / 2);
    int right = min((s->x + s->bitmap->width) / 2 + 1, (f->width + 1) / 2);
    for (int y = max(s->y, 0) / 2; y < bottom; y++) {
        uint8_t *cb = f->data[1] + (ptrdiff_t)y * f->linesize[1];
        uint8_t *cr = f->data[2] + (ptrdiff_t)y * f->linesize[2];
        for (int x = max(s->x, 0) / 2; x < right; x++) {
            struct weighed w = {0};
            weigh_chroma(s, x, y, &w);
            if (w.a <= 0)
                continue;
            float luma = luma_of(&w);
            cb[x] = mix(cb[x], 128 * w.a + 224 / 1.8556F * (w.b - luma), w.a);
            cr[x] = mix(cr[x], 128 * w.a + 224 / 1.5748F * (w.r - luma), w.a);
        }
    }
}

void caption_blend(const struct caption_bitmap *bitmap, int x, int y, double opacity,
                   struct picture *picture)
{
    assert(picture->frame->format == AV_PIX_FMT_YUV420P);
    const struct stamp stamp = {bitmap, x, y, (float)opacity, picture->frame};
    if (!bitmap->rgba || opacity <= 0)
        return;
    blend_luma(&stamp);
    blend_chroma(&stamp);
}

// ---- self test ----

enum status caption_self_test(struct error *err)
{
    static const struct {
        const char *script, *text;
    } samples[] = {
        {"Latin", "Æñź"},
        {"Greek", "Ωλ"},
        {"Cyrillic", "Жя"},
        {"Hebrew", "\u05e9\u05dc"},
        {"Arabic", "\u0645\u0631"},
        {"Chinese and Japanese", "你日の"},
        {"emoji", "\u26bd\U0001F600"},
    };
    static const struct caption_style style = {.size_px = 16};
    struct buffer lacking BUFFER_AUTO;
    buffer_init(&lacking, 256);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct caption_bitmap bitmap;
        enum status status = caption_render(samples[i].text, &style, &bitmap, err);
        if (status != OK)
            return status;
        if (bitmap.missing > 0)
            buffer_printf(&lacking, "%s%s", lacking.size ? ", " : "", samples[i].script);
        caption_done(&bitmap);
    }
    if (lacking.size == 0)
        return OK;
    return error_set(err, ERR_UNAVAILABLE, "no font has %s: captions show boxes instead",
                     buffer_string(&lacking));
}
