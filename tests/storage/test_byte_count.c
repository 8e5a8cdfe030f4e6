// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/byte_count.h"

#include "test.h"

static void each_block_counts_once_however_it_is_read(void **state)
{
    (void)state;
    enum { BLOCK = BYTE_COUNT_BLOCK, SIZE = 9 * BLOCK + 100 };
    struct byte_count c;
    byte_count_init(&c, SIZE);
    byte_count_add(&c, 10, 0);
    assert_int_equal(byte_count_all(&c), 0);
    for (int again = 0; again < 3; again++)
        byte_count_add(&c, BLOCK - 1, 2);
    assert_int_equal(byte_count_all(&c), 2 * BLOCK);
    assert_int_equal(byte_count_fresh(&c), 2 * BLOCK);
    assert_int_equal(byte_count_fresh(&c), 0);
    byte_count_add(&c, SIZE - 1, 1);
    assert_int_equal(byte_count_fresh(&c), 100);
    byte_count_add(&c, 0, SIZE);
    assert_int_equal(byte_count_all(&c), SIZE);
    byte_count_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_block_counts_once_however_it_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
