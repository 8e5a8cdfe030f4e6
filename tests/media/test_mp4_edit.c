// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/mp4_edit.h"

#include "base/buffer.h"
#include "test.h"

static void put(struct buffer *b, int n, uint64_t value)
{
    for (int i = n - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        buffer_append(b, &byte, 1);
    }
}

// Appends a box and releases what is in it.
static void box(struct buffer *to, const char *name, struct buffer *inside)
{
    put(to, 4, inside->size + 8);
    buffer_append(to, name, 4);
    buffer_append(to, inside->data ? inside->data : "", inside->size);
    buffer_done(inside);
}

static struct buffer empty(void)
{
    struct buffer b;
    buffer_init(&b, 4096);
    return b;
}

// A track with an empty edit of `silent` ticks in front of one of `length`.
static void add_track(struct buffer *moov, int version, uint64_t silent, uint64_t length)
{
    int width = version ? 8 : 4;
    struct buffer tkhd = empty(), elst = empty(), edts = empty(), trak = empty();
    put(&tkhd, 4, (uint64_t)version << 24);
    put(&tkhd, width, 0);
    put(&tkhd, width, 0);
    put(&tkhd, 8, UINT64_C(1) << 32); // track id, reserved
    put(&tkhd, width, silent + length);
    put(&tkhd, 8, 0);
    put(&elst, 4, (uint64_t)version << 24);
    put(&elst, 4, silent ? 2 : 1);
    if (silent) {
        put(&elst, width, silent);
        put(&elst, width, UINT64_MAX);
        put(&elst, 4, 1 << 16);
    }
    put(&elst, width, length);
    put(&elst, width, 512);
    put(&elst, 4, 1 << 16);
    box(&trak, "tkhd", &tkhd);
    box(&edts, "elst", &elst);
    box(&trak, "edts", &edts);
    box(moov, "trak", &trak);
}

static struct buffer file_of(int version, uint64_t silent)
{
    int width = version ? 8 : 4;
    struct buffer ftyp = empty(), mvhd = empty(), moov = empty(), file = empty();
    put(&ftyp, 8, 0);
    put(&mvhd, 4, (uint64_t)version << 24);
    put(&mvhd, width, 0);
    put(&mvhd, width, 0);
    put(&mvhd, 4, 600); // timescale
    put(&mvhd, width, 1000 + silent);
    box(&moov, "mvhd", &mvhd);
    add_track(&moov, version, 0, 900);
    add_track(&moov, version, silent, 1000);
    box(&file, "ftyp", &ftyp);
    box(&file, "moov", &moov);
    return file;
}

static bool holds(const struct buffer *file, int width, uint64_t value)
{
    uint8_t wanted[8];
    for (int i = 0; i < width; i++)
        wanted[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    return memmem(file->data, file->size, wanted, (size_t)width) != NULL;
}

static void every_track_and_the_movie_end_earlier(void **state)
{
    (void)state;
    for (int version = 0; version < 2; version++) {
        int width = version ? 8 : 4;
        struct buffer file = file_of(version, 0);
        // 1 s = 25 of 25 ticks = 600 of the movie's.
        assert_true(mp4_edit_end((uint8_t *)file.data, file.size, 25, 25));
        assert_true(holds(&file, width, 600));
        assert_false(holds(&file, width, 900) || holds(&file, width, 1000));
        buffer_done(&file);
    }
}

static void a_track_that_begins_late_is_shortened_by_what_is_left(void **state)
{
    (void)state;
    struct buffer file = file_of(0, 250);
    assert_true(mp4_edit_end((uint8_t *)file.data, file.size, 25, 25));
    assert_true(holds(&file, 4, 250) && holds(&file, 4, 350));
    buffer_done(&file);
}

static void nothing_becomes_longer(void **state)
{
    (void)state;
    struct buffer file = file_of(0, 0);
    struct buffer before = file_of(0, 0);
    assert_true(mp4_edit_end((uint8_t *)file.data, file.size, 100, 25));
    assert_memory_equal(file.data, before.data, file.size);
    buffer_done(&file);
    buffer_done(&before);
}

static void a_head_that_is_cut_anywhere_is_refused_without_harm(void **state)
{
    (void)state;
    struct buffer file = file_of(1, 250);
    for (size_t n = 0; n < file.size; n++) {
        uint8_t *part = mem_zeroed(n, 1); // the sanitizer watches its end
        memcpy(part, file.data, n);
        assert_false(mp4_edit_end(part, n, 25, 25));
        free(part);
    }
    buffer_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_track_and_the_movie_end_earlier),
        cmocka_unit_test(a_track_that_begins_late_is_shortened_by_what_is_left),
        cmocka_unit_test(nothing_becomes_longer),
        cmocka_unit_test(a_head_that_is_cut_anywhere_is_refused_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
