// SPDX-License-Identifier: GPL-3.0-or-later
// card.c — see card.h.
#include "export/card.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"

static const struct rating_info ratings[] = {
    {0xC62828, "??"}, {0xF9A825, "?"}, {0x1565C0, "!?"}, {0x2E7D32, "!"}, {0x66BB6A, "!!"},
};
_Static_assert(sizeof(ratings) / sizeof(ratings[0]) == SPEC_MAX_RATING - SPEC_MIN_RATING + 1,
               "one row per rating");

// Shares of the film's height, but for the width.
static const double name_size = 0.036;
static const double notes_size = 0.027;
static const double margin_share = 0.04;
static const double padding_share = 0.016;
static const double border_share = 0.005;
static const double width_share = 0.6; // of the film's width, at most

enum { NAME_LINES = 2, NOTES_LINES = 5, LEAST_SIZE_PX = 9, WORDS_RGB = 0xFFFFFF };
#define GROUND_OPACITY 0.7

// The parts of a card before they are put together.
struct parts {
    struct caption_bitmap notation, name, notes;
    int padding, border;
};

const struct rating_info *rating_info(int rating)
{
    assert(rating >= SPEC_MIN_RATING && rating <= SPEC_MAX_RATING);
    return &ratings[rating - SPEC_MIN_RATING];
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

static int share(double part, int of, int least)
{
    return max((int)lround(part * of), least);
}

// Words no wider than their longest line, which itself is no wider than the style says: set twice,
// because right-to-left lines begin at the right end of what they are given.
static enum status set_words(const char *text, const struct caption_style *style,
                             struct caption_bitmap *ret, struct error *err)
{
    enum status status = caption_render(text, style, ret, err);
    if (status != OK || ret->line_width >= style->max_width_px || ret->line_width == 0)
        return status;
    struct caption_style narrow = *style;
    narrow.max_width_px = ret->line_width;
    caption_done(ret);
    return caption_render(text, &narrow, ret, err);
}

static size_t bytes_of_characters(const char *text, int characters)
{
    size_t n = 0;
    while (text[n] && characters-- > 0)
        for (n++; ((unsigned char)text[n] & 0xC0) == 0x80;)
            n++;
    return n;
}

static enum status set_parts(const struct spec_moment *moment, int width, int height,
                             struct parts *p, struct error *err)
{
    const struct rating_info *rating = rating_info(moment->rating);
    p->padding = share(padding_share, height, 2);
    p->border = share(border_share, height, 2);
    struct caption_style style = {.size_px = share(name_size, height, LEAST_SIZE_PX),
                                  .bold = true,
                                  .rgb = WORDS_RGB,
                                  .max_width_px = share(width_share, width, 1),
                                  .max_lines = NAME_LINES};
    enum status status = set_words(rating->notation, &style, &p->notation, err);
    style.max_width_px = max(style.max_width_px - p->notation.box_width - p->padding, 1);
    if (status == OK && moment->name[0])
        status = set_words(moment->name, &style, &p->name, err);
    if (status != OK || !moment->notes[0])
        return status;
    style = (struct caption_style){.size_px = share(notes_size, height, LEAST_SIZE_PX),
                                   .rgb = WORDS_RGB,
                                   .max_width_px = share(width_share, width, 1),
                                   .max_lines = NOTES_LINES};
    AUTO(mem_free)
    char *notes = mem_strndup(moment->notes,
                              bytes_of_characters(moment->notes, CARD_NOTES_CHARACTERS));
    return set_words(notes, &style, &p->notes, err);
}

static enum status put_together(const struct parts *p, uint32_t rgb, struct card *ret,
                                struct error *err)
{
    int edge = p->border + p->padding;
    int gap = p->name.rgba ? p->padding : 0;
    int head_width = p->notation.box_width + gap + p->name.box_width;
    int head_height = max(p->notation.box_height, p->name.box_height);
    gap = p->notes.rgba ? p->padding : 0;
    int width = 2 * edge + max(head_width, p->notes.box_width);
    int height = 2 * edge + head_height + gap + p->notes.box_height;
    enum status status = caption_new(width, height, &ret->bitmap, err);
    if (status != OK)
        return status;
    const struct caption_rect all = {0, 0, width, height};
    caption_fill(&ret->bitmap, all, 0, GROUND_OPACITY);
    caption_frame(&ret->bitmap, all, p->border, rgb);
    caption_put(&ret->bitmap, &p->notation, edge, edge);
    caption_put(&ret->bitmap, &p->name, edge + head_width - p->name.box_width, edge);
    caption_put(&ret->bitmap, &p->notes, edge, edge + head_height + gap);
    ret->border = p->border;
    ret->missing = p->notation.missing + p->name.missing + p->notes.missing;
    return OK;
}

enum status card_make(const struct spec_moment *moment, int width, int height, struct card *ret,
                      struct error *err)
{
    struct parts parts = {0};
    *ret = (struct card){0};
    enum status status = set_parts(moment, width, height, &parts, err);
    if (status == OK)
        status = put_together(&parts, rating_info(moment->rating)->rgb, ret, err);
    caption_done(&parts.notation);
    caption_done(&parts.name);
    caption_done(&parts.notes);
    int margin = share(margin_share, height, 1);
    ret->x = margin;
    ret->y = height - margin - ret->bitmap.height;
    return status;
}

void card_done(struct card *card)
{
    caption_done(&card->bitmap);
}
