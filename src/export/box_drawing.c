// SPDX-License-Identifier: GPL-3.0-or-later
// box_drawing.c — see box_drawing.h.
#include "export/box_drawing.h"

#include <math.h>
#include <stdio.h>

#include "media/caption.h"

enum { LINE_PER_HEIGHT = 360, TEXT_PER_HEIGHT = 40, LEAST_LINE_PX = 2, LEAST_TEXT_PX = 11 };
static const uint32_t colour = 0x00C853, dark = 0x0B1F12;

static int larger(int a, int b)
{
    return a > b ? a : b;
}

// Puts the bitmap over the image, its first pixel at (x, y); what lies outside is left out.
static void blend(struct image *image, const struct caption_bitmap *bitmap, int x, int y)
{
    for (int row = larger(0, -y); row < bitmap->height && y + row < image->height; row++)
        for (int column = larger(0, -x); column < bitmap->width && x + column < image->width;
             column++) {
            const uint8_t *rgba = bitmap->rgba + 4 * ((size_t)row * (size_t)bitmap->width + column);
            float left = 1 - (float)rgba[3] / 255;
            for (int c = 0; c < 3; c++) {
                float *v = image_row(image, c, y + row) + x + column;
                *v = *v * left + (float)rgba[c] / 255;
            }
        }
}

static enum status draw_frame(struct image *image, const struct box *box, int line,
                              struct error *err)
{
    int x = (int)floor(box->left), y = (int)floor(box->top);
    struct caption_rect rect = {.width = larger((int)ceil(box->right) - x, 1),
                                .height = larger((int)ceil(box->bottom) - y, 1)};
    struct caption_bitmap bitmap = {0};
    enum status status = caption_new(rect.width, rect.height, &bitmap, err);
    if (status != OK)
        return status;
    caption_frame(&bitmap, rect, line + 1, dark);
    caption_frame(&bitmap, rect, line, colour);
    blend(image, &bitmap, x, y);
    caption_done(&bitmap);
    return OK;
}

static enum status draw_label(struct image *image, const struct box *box, int line,
                              struct error *err)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%.0f %%", 100 * box->confidence);
    const struct caption_style style = {
        .size_px = larger(image->height / TEXT_PER_HEIGHT, LEAST_TEXT_PX),
        .bold = true,
        .rgb = 0xFFFFFF,
    };
    struct caption_bitmap words = {0}, label = {0};
    enum status status = caption_render(text, &style, &words, err);
    int width = words.line_width + 2 * line, height = words.box_height + line;
    if (status == OK)
        status = caption_new(width, height, &label, err);
    if (status == OK) {
        caption_fill(&label, (struct caption_rect){0, 0, width, height}, dark, 0.8);
        caption_put(&label, &words, line, line / 2);
        int top = (int)floor(box->top);
        blend(image, &label, (int)floor(box->left), top >= height ? top - height : top + line);
    }
    caption_done(&words);
    caption_done(&label);
    return status;
}

enum status boxes_draw(struct image *image, const struct box *boxes, size_t n, struct error *err)
{
    int line = larger(image->height / LINE_PER_HEIGHT, LEAST_LINE_PX);
    for (size_t i = n; i-- > 0;) {
        enum status status = draw_frame(image, &boxes[i], line, err);
        if (status == OK)
            status = draw_label(image, &boxes[i], line, err);
        if (status != OK)
            return status;
    }
    return OK;
}
