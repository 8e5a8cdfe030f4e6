// SPDX-License-Identifier: GPL-3.0-or-later
// test_runnable.c — texts of the kernel, and real programs that compute beside this one.
#include "test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/runnable.h"

static void the_kernels_text_is_understood(void **state)
{
    (void)state;
    uint64_t n = 0;
    assert_true(runnable_parse("0.85 0.96 0.55 3/92 13675\n", &n));
    assert_int_equal(n, 3);
    assert_true(runnable_parse("117.20 98.01 64.00 129/12345 4194303\n", &n));
    assert_int_equal(n, 129);
    assert_true(runnable_parse("0.00 0.00 0.00 1/80", &n));
    assert_int_equal(n, 1);
}

static void other_texts_tell_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n",
        "0.85",
        "0.85 0.96 0.55",
        "0.85 0.96 0.55 ",
        "0.85 0.96 0.55 3",
        "0.85 0.96 0.55 /92 13675",
        "0.85 0.96 0.55 -3/92 13675",
        "0.85 0.96 0.55 3.5/92 13675",
        "0.85 0.96 0.55 three/92 13675",
        "0.85 0.96 0.55  3/92 13675",
        "0.85 0.96 0.55 99999999999999999999/92 13675",
        "0.00 0.00 0.00 0/0 0\n", // nobody is there to read it
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint64_t n;
        if (runnable_parse(texts[i], &n))
            fail_msg("\"%s\" is taken for %llu", texts[i], (unsigned long long)n);
    }
}

static pid_t compute(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (volatile unsigned i = 0;; i++) {
        }
    }
    assert_true(pid > 0);
    return pid;
}

// Others of the machine may compute too, so there are at least as many.
static void who_computes_is_counted_and_we_are_not(void **state)
{
    (void)state;
    enum { COUNT = 3 };
    pid_t pids[COUNT];
    uint64_t others = 0, before = 0, processors = 0;
    if (!runnable_others(&before))
        skip(); // not a system that says it
    for (int i = 0; i < COUNT; i++)
        pids[i] = compute();
    bool told = runnable_others(&others);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(kill(pids[i], SIGKILL), 0);
        assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
    }
    assert_true(told);
    assert_true(others >= COUNT);
    assert_true(runnable_processors(&processors) && processors >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernels_text_is_understood),
        cmocka_unit_test(other_texts_tell_nothing),
        cmocka_unit_test(who_computes_is_counted_and_we_are_not),
    };
    return cmocka_run_group_tests_name("runnable", tests, NULL, NULL);
}
