// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

struct point {
    int x, y;
};

static int points_freed;

static void point_free(struct point *p)
{
    points_freed += p != NULL;
    free(p);
}
AUTO_DEFINE(struct point, point_free)

static void new_objects_are_zero(void **state)
{
    (void)state;
    struct point *p AUTO(mem_free) = mem_new(struct point);
    assert_int_equal(p->x, 0);
    assert_int_equal(p->y, 0);
    int *none AUTO(mem_free) = mem_zeroed(0, sizeof(int));
    assert_non_null(none);
}

static void leaving_a_scope_releases_what_it_holds(void **state)
{
    (void)state;
    points_freed = 0;
    {
        struct point *p AUTO(point_free) = mem_new(struct point);
        struct point *nothing AUTO(point_free) = NULL;
        assert_non_null(p);
        assert_null(nothing);
    }
    assert_int_equal(points_freed, 1);
}

static void resizing_keeps_the_contents(void **state)
{
    (void)state;
    int *numbers = mem_resize(NULL, 2, sizeof(int));
    numbers[0] = 7;
    numbers[1] = 9;
    numbers = mem_resize(numbers, 1000, sizeof(int));
    assert_int_equal(numbers[0], 7);
    assert_int_equal(numbers[1], 9);
    free(numbers);
}

static void copies_of_text_end_in_nul(void **state)
{
    (void)state;
    char *all AUTO(mem_free) = mem_strdup("héllo");
    assert_string_equal(all, "héllo");
    char *part AUTO(mem_free) = mem_strndup("abcdef", 3);
    assert_string_equal(part, "abc");
    char *empty AUTO(mem_free) = mem_strndup(NULL, 0);
    assert_string_equal(empty, "");
    assert_null(mem_strdup(NULL));
}

static void arrays_sized_by_input_are_aligned_and_may_fail(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        float *block AUTO(mem_free) = mem_try_array(n, sizeof(float));
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
    }
    assert_null(mem_try_array(SIZE_MAX / 2, 3));
    assert_null(mem_try_array(SIZE_MAX, 1));
    assert_null(mem_try_array(SIZE_MAX - 70, 1));
}

// Runs `ask` in a child whose stderr is closed; true when it aborted.
static bool aborts(void (*ask)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(STDERR_FILENO);
        ask();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void ask_for_an_overflow(void)
{
    free(mem_resize(NULL, SIZE_MAX / 2, 4));
}

static void ask_for_too_much(void)
{
    free(mem_zeroed(SIZE_MAX / 8, 4));
}

static void what_cannot_fail_ends_the_process(void **state)
{
    (void)state;
    assert_true(aborts(ask_for_an_overflow));
    assert_true(aborts(ask_for_too_much));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_objects_are_zero),
        cmocka_unit_test(leaving_a_scope_releases_what_it_holds),
        cmocka_unit_test(resizing_keeps_the_contents),
        cmocka_unit_test(copies_of_text_end_in_nul),
        cmocka_unit_test(arrays_sized_by_input_are_aligned_and_may_fail),
        cmocka_unit_test(what_cannot_fail_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
