// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/corpus.h"

#include <stdio.h>
#include <sys/stat.h>

#include "../storage/folder.h"

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_job(FILE *f, const char *id, const char *when, double end_ms)
{
    assert_true(fprintf(f,
                        "{\"at_ms\":0,\"submit\":{\"id\":\"%s\",\"type\":\"overlay\"%s}}\n"
                        "{\"at_ms\":%g,\"end\":\"complete\"}\n",
                        id, when, end_ms) > 0);
}

static void check_ids(const struct corpus *corpus, const char *expected)
{
    char ids[256] = "";
    for (size_t i = 0; i < corpus->count; i++)
        strcat(ids, corpus->traces[i].submit.id);
    assert_string_equal(ids, expected);
}

static void traces_are_put_in_the_order_of_their_submits(void **state)
{
    (void)state;
    struct corpus corpus CORPUS_AUTO;
    FILE *f = fopen("a.ndjson", "w");
    assert_non_null(f);
    write_job(f, "c", ",\"submitted_at_ms\":3000", 5);
    write_job(f, "a", ",\"submitted_at_ms\":1000", 5);
    write_job(f, "d", ",\"submitted_at_ms\":3000", 5); // as late as c: behind it
    write_job(f, "b", ",\"submitted_at_ms\":2000", 5);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(corpus_add(&corpus, "a.ndjson", NULL), OK);
    corpus_sort(&corpus);
    check_ids(&corpus, "abcd");
}

static void jobs_that_do_not_tell_when_follow_each_other(void **state)
{
    (void)state;
    struct corpus corpus CORPUS_AUTO;
    FILE *f = fopen("a.ndjson", "w");
    assert_non_null(f);
    write_job(f, "a", "", 5000);
    write_job(f, "b", "", 5);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(corpus_add(&corpus, "a.ndjson", NULL), OK);
    corpus_sort(&corpus);
    check_ids(&corpus, "ab");
    assert_int_equal(corpus.traces[0].submit.submitted_at_ms, 1000);
    assert_int_equal(corpus.traces[1].submit.submitted_at_ms, 7000);
}

static void a_folder_is_its_traces_by_name(void **state)
{
    (void)state;
    struct corpus corpus CORPUS_AUTO;
    static const char *const names[] = {"f/2.ndjson", "f/1.ndjson"};
    assert_int_equal(mkdir("f", 0700), 0);
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(names[i], "w");
        assert_non_null(f);
        write_job(f, i == 0 ? "second" : "first", "", 5);
        assert_int_equal(fclose(f), 0);
    }
    write_file("f/notes.txt", "no trace");
    assert_int_equal(corpus_add(&corpus, "f", NULL), OK);
    check_ids(&corpus, "firstsecond");
}

static void check_refused(const char *path, enum status expected, const char *text)
{
    struct corpus corpus CORPUS_AUTO;
    struct error err;
    assert_int_equal(corpus_add(&corpus, path, &err), expected);
    if (!strstr(err.text, text))
        fail_msg("\"%s\" does not say \"%s\"", err.text, text);
}

static void what_is_no_corpus_is_named(void **state)
{
    (void)state;
    assert_int_equal(mkdir("empty", 0700), 0);
    write_file("text", "hello\n");
    check_refused("nowhere", ERR_NOT_FOUND, "nowhere");
    check_refused("empty", ERR_NOT_FOUND, "empty: no file *.ndjson in this folder");
    check_refused("text", ERR_INVALID, "text: expected a trace, but line 1");
}

static void an_empty_file_has_no_traces(void **state)
{
    (void)state;
    struct corpus corpus CORPUS_AUTO;
    write_file("nothing", "");
    assert_int_equal(corpus_add(&corpus, "nothing", NULL), OK);
    assert_int_equal(corpus.count, 0);
    corpus_sort(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_are_put_in_the_order_of_their_submits),
        cmocka_unit_test(jobs_that_do_not_tell_when_follow_each_other),
        cmocka_unit_test(a_folder_is_its_traces_by_name),
        cmocka_unit_test(what_is_no_corpus_is_named),
        cmocka_unit_test(an_empty_file_has_no_traces),
    };
    return cmocka_run_group_tests_name("corpus", tests, folder_enter, folder_leave);
}
