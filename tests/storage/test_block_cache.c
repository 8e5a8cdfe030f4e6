// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/block_cache.h"

#include "test.h"

static void bring(struct block_cache *c, int64_t block)
{
    uint8_t *room = block_cache_begin(c, block);
    assert_non_null(room);
    room[0] = (uint8_t)block;
    block_cache_end(c, block, true);
}

static void what_was_not_used_for_longest_makes_room(void **state)
{
    (void)state;
    struct block_cache c;
    block_cache_init(&c, 16, 3);
    for (int64_t block = 10; block < 13; block++)
        bring(&c, block);
    assert_int_equal(block_cache_find(&c, 10)[0], 10);
    bring(&c, 13);
    assert_null(block_cache_find(&c, 11));
    assert_int_equal(block_cache_find(&c, 10)[0], 10);
    assert_int_equal(block_cache_find(&c, 12)[0], 12);
    assert_int_equal(block_cache_find(&c, 13)[0], 13);
    block_cache_done(&c);
}

static void a_block_on_its_way_is_known_but_not_here_and_keeps_its_place(void **state)
{
    (void)state;
    struct block_cache c;
    block_cache_init(&c, 16, 2);
    assert_non_null(block_cache_begin(&c, 1));
    assert_true(block_cache_has(&c, 1));
    assert_false(block_cache_is_here(&c, 1));
    assert_null(block_cache_find(&c, 1));
    bring(&c, 2);
    bring(&c, 3);
    assert_false(block_cache_has(&c, 2));
    assert_true(block_cache_has(&c, 1));
    assert_non_null(block_cache_begin(&c, 4));
    assert_null(block_cache_begin(&c, 5));
    block_cache_end(&c, 1, false);
    assert_false(block_cache_has(&c, 1));
    assert_non_null(block_cache_begin(&c, 5));
    assert_int_equal(c.on_their_way, 2);
    block_cache_done(&c);
}

static void a_cleared_cache_keeps_what_is_on_its_way(void **state)
{
    (void)state;
    struct block_cache c;
    block_cache_init(&c, 16, 4);
    bring(&c, 1);
    uint8_t *room = block_cache_begin(&c, 2);
    block_cache_clear(&c);
    assert_false(block_cache_has(&c, 1));
    assert_ptr_equal(block_cache_room(&c, 2), room);
    block_cache_end(&c, 2, true);
    assert_non_null(block_cache_find(&c, 2));
    block_cache_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_used_for_longest_makes_room),
        cmocka_unit_test(a_block_on_its_way_is_known_but_not_here_and_keeps_its_place),
        cmocka_unit_test(a_cleared_cache_keeps_what_is_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
