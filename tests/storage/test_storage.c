// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/storage.h"

#include "test.h"

static void needs_nothing_for_local_files(void **state)
{
    (void)state;
    struct error err;
    struct storage *storage AUTO(storage_free) = NULL;
    assert_int_equal(storage_new(NULL, &storage, &err), OK);
    assert_non_null(storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_nothing_for_local_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
