// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/backend.h"

#include "test.h"

static void every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; backend_at(i); i++) {
        const struct backend *b = backend_at(i);
        assert_non_null(b->name);
        assert_true(b->probe && b->create && b->destroy && b->bytes_per_px && b->run &&
                    b->describe);
    }
}

static void there_is_always_one_that_can_run(void **state)
{
    (void)state;
    assert_non_null(backend_best());
    assert_true(backend_best()->probe());
    assert_true(backend_cpu_count() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(there_is_always_one_that_can_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
