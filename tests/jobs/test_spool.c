// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "../storage/folder.h"
#include "jobs/spool.h"

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void files_are_named_by_job_and_attempt(void **state)
{
    (void)state;
    char *lines AUTO(mem_free) = spool_path("dir", "j1", 12, SPOOL_LINES);
    char *log AUTO(mem_free) = spool_path("dir", "j1", 12, SPOOL_LOG);
    assert_string_equal(lines, "dir/j1.12.lines");
    assert_string_equal(log, "dir/j1.12.log");
}

static bool is_j1_2(void *context, const char *job, uint32_t attempt)
{
    ++*(int *)context;
    return strcmp(job, "j1") == 0 && attempt == 2;
}

static void a_sweep_keeps_what_is_wanted(void **state)
{
    (void)state;
    struct error err;
    int asked = 0;
    assert_int_equal(spool_make("spool", &err), OK);
    assert_int_equal(spool_make("spool", &err), OK); // again
    static const char *const names[] = {"spool/j1.1.lines", "spool/j1.2.lines", "spool/j1.2.log",
                                        "spool/j2.2.log",   "spool/j1.lines",   "spool/j1.2.odd"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        write_text(names[i], "x");
    assert_int_equal(spool_sweep("spool", is_j1_2, &asked), 4);
    assert_int_equal(asked, 4);
    assert_int_equal(access("spool/j1.2.lines", F_OK), 0);
    assert_int_equal(access("spool/j1.2.log", F_OK), 0);
    spool_remove("spool", "j1", 2);
    assert_int_equal(rmdir("spool"), 0);
}

static void the_last_words_are_the_last_line_with_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"one\ntwo\n\n \n", "two"}, {"alone", "alone"}, {"\n\n", ""}, {"", ""},
        {"a\n\xff\xfe\n", ""},
    };
    char words[64];
    struct error err;
    assert_int_equal(spool_make("words", &err), OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_text("words/j.1.log", cases[i].text);
        spool_last_words("words", "j", 1, words, sizeof(words));
        assert_string_equal(words, cases[i].words);
    }
    spool_last_words("words", "absent", 1, words, sizeof(words));
    assert_string_equal(words, "");
}

static void appended_lines_end_with_a_line_end(void **state)
{
    (void)state;
    char text[64];
    struct error err;
    assert_int_equal(spool_make("more", &err), OK);
    assert_int_equal(spool_append("more", "j", 1, "a\nb", 3, &err), OK);
    assert_int_equal(spool_append("more", "j", 1, "c\n", 2, &err), OK);
    FILE *f = fopen("more/j.1.lines", "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    assert_string_equal(text, "a\nb\nc\n");
    assert_int_equal(spool_append("nowhere", "j", 1, "c\n", 2, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_named_by_job_and_attempt),
        cmocka_unit_test(a_sweep_keeps_what_is_wanted),
        cmocka_unit_test(the_last_words_are_the_last_line_with_words),
        cmocka_unit_test(appended_lines_end_with_a_line_end),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
