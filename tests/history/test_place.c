// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/place.h"

#include <sys/stat.h>

#include "../storage/folder.h"
#include "test.h"

static void is_at(const char *end)
{
    char *path AUTO(mem_free) = NULL;
    struct error err = {0};
    if (place_history(&path, &err) != OK)
        fail_msg("%s", err.text);
    char here[256];
    char expected[512];
    assert_non_null(getcwd(here, sizeof(here)));
    (void)snprintf(expected, sizeof(expected), "%s/%s", here, end);
    assert_string_equal(path, expected);
    struct stat st;
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void set_here(const char *name, const char *end)
{
    char here[256];
    char value[512];
    assert_non_null(getcwd(here, sizeof(here)));
    (void)snprintf(value, sizeof(value), "%s/%s", here, end);
    assert_int_equal(setenv(name, value, 1), 0);
}

static void it_is_in_the_state_folder(void **state)
{
    (void)state;
    set_here("XDG_STATE_HOME", "a/state");
    is_at("a/state/headway/history.db");
    is_at("a/state/headway/history.db"); // its folders are there already
}

static void without_one_it_is_below_the_home(void **state)
{
    (void)state;
    set_here("HOME", "b");
    (void)unsetenv("XDG_STATE_HOME");
    is_at("b/.local/state/headway/history.db");
    (void)setenv("XDG_STATE_HOME", "relative/does/not/count", 1);
    is_at("b/.local/state/headway/history.db");
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    char *path AUTO(mem_free) = NULL;
    struct error err = {0};
    folder_file("file", 1);
    set_here("XDG_STATE_HOME", "file");
    assert_int_equal(place_history(&path, &err), ERR_NOT_FOUND);
    assert_null(path);
    assert_non_null(strstr(err.text, "make the folder"));
    assert_non_null(strstr(err.text, "file/headway"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_in_the_state_folder),
        cmocka_unit_test(without_one_it_is_below_the_home),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
