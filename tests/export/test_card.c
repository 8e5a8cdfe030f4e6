// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/card.h"

#include <stdio.h>

#include "base/memory.h"
#include "test.h"

static struct spec_moment moment(int rating, const char *name, const char *notes)
{
    return (struct spec_moment){.end_s = 1,
                                .rating = rating,
                                .name = (char *)(uintptr_t)name,
                                .notes = (char *)(uintptr_t)notes};
}

static struct card make(int rating, const char *name, const char *notes)
{
    struct spec_moment m = moment(rating, name, notes);
    struct card card;
    struct error err;
    if (card_make(&m, 1280, 720, &card, &err) != OK)
        fail_msg("%s", err.text);
    return card;
}

static uint32_t pixel(const struct card *card, int x, int y)
{
    const uint8_t *p = card->bitmap.rgba + 4 * (y * card->bitmap.width + x);
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static bool same(const struct card *a, const struct card *b)
{
    size_t bytes = 4 * (size_t)a->bitmap.width * (size_t)a->bitmap.height;
    return a->bitmap.width == b->bitmap.width && a->bitmap.height == b->bitmap.height &&
           memcmp(a->bitmap.rgba, b->bitmap.rgba, bytes) == 0;
}

static void the_border_has_the_colour_of_the_rating(void **state)
{
    (void)state;
    static const uint32_t colours[] = {0xC62828, 0xF9A825, 0x1565C0, 0x2E7D32, 0x66BB6A};
    for (int rating = 1; rating <= 5; rating++) {
        struct card card = make(rating, "name", "notes");
        int right = card.bitmap.width - 1;
        int bottom = card.bitmap.height - 1;
        assert_int_equal(pixel(&card, 0, 0), colours[rating - 1]);
        assert_int_equal(pixel(&card, right, bottom), colours[rating - 1]);
        assert_int_equal(pixel(&card, right / 2, card.border - 1), colours[rating - 1]);
        assert_int_equal(pixel(&card, card.border, card.border), 0); // the ground
        card_done(&card);
    }
}

static void the_notation_follows_the_rating(void **state)
{
    (void)state;
    static const char *const notations[] = {"??", "?", "!?", "!", "!!"};
    for (int rating = 1; rating <= 5; rating++)
        assert_string_equal(rating_info(rating)->notation, notations[rating - 1]);
}

static void the_card_lies_inside_the_picture_at_the_lower_left(void **state)
{
    (void)state;
    static const int sizes[][2] = {{640, 360}, {1280, 720}, {1920, 1080}, {1080, 1920}};
    struct spec_moment m = moment(3,
                                  "A name that is long enough to need more than a single line "
                                  "of a small picture",
                                  "Notes, also rather long, so that they wrap in every size there "
                                  "is, and then some more words behind");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct card card;
        assert_int_equal(card_make(&m, sizes[i][0], sizes[i][1], &card, NULL), OK);
        assert_true(card.x > 0 && card.x + card.bitmap.width < sizes[i][0]);
        assert_true(card.y > sizes[i][1] / 3 && card.y + card.bitmap.height < sizes[i][1]);
        card_done(&card);
    }
}

static void the_first_hundred_characters_of_the_notes_count_not_bytes(void **state)
{
    (void)state;
    struct buffer hundred BUFFER_AUTO;
    struct buffer more BUFFER_AUTO;
    struct buffer less BUFFER_AUTO;
    buffer_init(&hundred, 4096);
    buffer_init(&more, 4096);
    buffer_init(&less, 4096);
    for (int i = 0; i < 100; i++) {
        buffer_text(&hundred, "ж");
        buffer_text(i < 99 ? &less : &more, "ж");
    }
    buffer_clear(&more);
    buffer_text(&more, hundred.data);
    buffer_text(&more, "日本語 and what else");
    struct card a = make(3, "", hundred.data);
    struct card b = make(3, "", more.data);
    struct card c = make(3, "", less.data);
    assert_true(same(&a, &b));
    assert_false(same(&a, &c));
    card_done(&a);
    card_done(&b);
    card_done(&c);
}

static void a_moment_without_words_has_its_notation(void **state)
{
    (void)state;
    struct card bare = make(5, "", "");
    struct card named = make(5, "name", "");
    struct card noted = make(5, "", "notes");
    assert_true(bare.bitmap.width > 2 * bare.border);
    assert_true(named.bitmap.width > bare.bitmap.width);
    assert_int_equal(named.bitmap.height, bare.bitmap.height);
    assert_true(noted.bitmap.height > bare.bitmap.height);
    card_done(&bare);
    card_done(&named);
    card_done(&noted);
}

static void glyphs_that_are_missing_are_counted(void **state)
{
    (void)state;
    struct card card = make(1, "a\U0010FFFDb", "\U0010FFFC");
    assert_int_equal(card.missing, 2);
    card_done(&card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_border_has_the_colour_of_the_rating),
        cmocka_unit_test(the_notation_follows_the_rating),
        cmocka_unit_test(the_card_lies_inside_the_picture_at_the_lower_left),
        cmocka_unit_test(the_first_hundred_characters_of_the_notes_count_not_bytes),
        cmocka_unit_test(a_moment_without_words_has_its_notation),
        cmocka_unit_test(glyphs_that_are_missing_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
