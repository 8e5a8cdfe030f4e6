// SPDX-License-Identifier: GPL-3.0-or-later
// caption.h — words and cards for drawing onto pictures: made once, blended often.
//
// caption_render() sets a text exactly as written: any UTF-8 (right-to-left and mixed lines,
// ligatures, emoji in colour), never read as markup or as a format. A line end in it is a line
// end. Glyphs that no installed font has are drawn as boxes with their code and counted.
// The result is a bitmap; bitmaps are composed (caption_fill, caption_frame, caption_put) and
// blended onto a picture (caption_blend), which touches only the pixels under the bitmap.
//
// Colours:   0xRRGGBB in R'G'B' as a screen shows it. Blending is done on the coded values, as
//            video mixers do. To Y'CbCr by ITU-R BT.709-6 items 3.2 to 3.4 at 8 bits, limited
//            range; chroma sited left (a filter of 1 2 1 across, 1 1 down).
// Units:     pixels, y downwards; opacities in [0, 1].
// Ownership: all-zero is an empty bitmap; caption_done() releases one.
// Threads:   any number may render and blend at the same time, each into its own bitmap and
//            picture; a bitmap that nobody changes may be shared. The first rendering of a thread
//            opens the fonts (some 10 ms).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct picture;

enum caption_align { CAPTION_START, CAPTION_CENTRE, CAPTION_END, CAPTION_ALIGN_COUNT };

// All-zero but size_px is a plain black line of words.
struct caption_style {
    double size_px; // of the font (its em), 1 to CAPTION_MAX_SIZE_PX
    bool bold;
    uint32_t rgb;
    double outline_px; // a dark line around the glyphs, at most CAPTION_MAX_EDGE_PX; 0: none
    double shadow_px;  // a black shadow so far to the right and down, likewise; 0: none
    int max_width_px;  // where lines wrap, at most CAPTION_MAX_SIDE_PX; 0: nowhere before that
    int max_lines;     // the last one ends in "…" when there were more; 0: any number
    // START is the left, for a right-to-left paragraph the right.
    enum caption_align align;
};

enum {
    CAPTION_MAX_TEXT_BYTES = 64 * 1024,
    CAPTION_MAX_SIZE_PX = 1024,
    CAPTION_MAX_EDGE_PX = 64,
    CAPTION_MAX_SIDE_PX = 8192,
};

// Premultiplied R, G, B, A bytes, rows from the top without padding. The words' own box (what
// lines up: max_width_px wide, or as the longest line; as high as its lines) begins at (left, top);
// outline, shadow and overhanging glyphs are around it.
struct caption_bitmap {
    uint8_t *rgba; // 4 × width × height
    int width, height;
    int left, top;
    int box_width, box_height;
    int line_width; // of the longest line
    int missing;    // glyphs that no font had
};

// An empty text gives a bitmap one line high without ink. ERR_INVALID: not UTF-8, or a style out
// of bounds; ERR_LIMIT: a longer text; ERR_MEMORY.
MUST_USE enum status caption_render(const char *text, const struct caption_style *style,
                                    struct caption_bitmap *ret, struct error *err);
// A transparent bitmap of 1 to CAPTION_MAX_SIDE_PX pixels a side (ERR_INVALID otherwise).
MUST_USE enum status caption_new(int width, int height, struct caption_bitmap *ret,
                                 struct error *err);
// Releases it; empty afterwards. NULL is allowed.
void caption_done(struct caption_bitmap *bitmap);

struct caption_rect {
    int x, y, width, height;
};

// Paints the rectangle over what is there. Parts outside the bitmap are left out.
void caption_fill(struct caption_bitmap *bitmap, struct caption_rect rect, uint32_t rgb,
                  double opacity);
// Paints a frame of `thickness` pixels along the inner side of the rectangle's edges.
void caption_frame(struct caption_bitmap *bitmap, struct caption_rect rect, int thickness,
                   uint32_t rgb);
// Puts `ink` over what is there, the corner of its words' box at (x, y).
void caption_put(struct caption_bitmap *bitmap, const struct caption_bitmap *ink, int x, int y);

// Blends the bitmap onto a picture (yuv420p, bt709, limited; canvas.h makes such) that nobody else
// refers to yet, its top left pixel at (x, y), all of it × opacity. What lies outside is left out.
void caption_blend(const struct caption_bitmap *bitmap, int x, int y, double opacity,
                   struct picture *picture);

// Have this machine's fonts what captions are likely to need (for `headway doctor`)? OK, or
// ERR_UNAVAILABLE with the scripts that would be drawn as boxes.
MUST_USE enum status caption_self_test(struct error *err);
