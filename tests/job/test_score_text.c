// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>

#include "base/json_read.h"
#include "job/score_table.h"
#include "test.h"

enum { RUNS = 6 };

static struct trial trial_of(double ours)
{
    struct trial trial = {
        .runs = mem_zeroed(RUNS, sizeof(trial.runs[0])), .count = RUNS, .censored = 2};
    for (int i = 0; i < RUNS; i++) {
        struct trial_run *run = &trial.runs[i];
        (void)snprintf(run->id, sizeof(run->id), "run-%d", i);
        run->traits.total_s = 100;
        run->traits.brief = i == 0;
        for (int e = 0; e < PANEL_COUNT; e++) {
            run->scores[e].total_s = 100;
            run->scores[e].linearity = e == PANEL_TRACKER ? ours : 0.2;
        }
    }
    return trial;
}

static void write(const struct score_section *section, bool json, struct buffer *out)
{
    buffer_init(out, 1 << 20);
    if (json)
        score_write_json(section, out);
    else
        score_write_text(section, out);
    assert_false(out->overflow);
}

static void a_missed_target_is_marked(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct trial trial = trial_of(0.031);
    struct score_section section = {.title = "100 jobs learnt", .learn = 100, .trial = &trial};
    write(&section, false, &text);
    assert_non_null(strstr(text.data, "### 100 jobs learnt\n\n5 jobs judged; 1 were over within"));
    assert_non_null(strstr(text.data, "2 left out that did not complete"));
    assert_non_null(
        strstr(text.data, "| M1 | mean \\|d − t/T\\| | ≤ 0.025 | **0.0310** ✗ | 0.2000 |"));
    buffer_done(&text);
    section.learn = 5; // less is asked for
    write(&section, false, &text);
    assert_non_null(strstr(text.data, "| M1 | mean \\|d − t/T\\| | ≤ 0.04 | 0.0310 | 0.2000 |"));
    trial_done(&trial);
}

static void the_json_form_is_one_object(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct trial trial = trial_of(0.031);
    struct score_section section = {.title = "5 jobs learnt", .learn = 5, .trial = &trial};
    write(&section, true, &text);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    struct error err;
    assert_int_equal(jr_parse(text.data, text.size, &doc, &err), OK);
    struct jr root = jr_root(doc);
    struct jr estimators, ours, m1, strata;
    double figure;
    int64_t judged = 0;
    assert_int_equal(jr_get_integer(&root, "judged", 0, 100, &judged, &err), OK);
    assert_int_equal(judged, RUNS - 1);
    assert_true(jr_get(&root, "estimators", &estimators));
    assert_int_equal(jr_size(&estimators), PANEL_COUNT);
    assert_true(jr_get(&estimators, "headway", &ours) && jr_get(&ours, "M1", &m1));
    assert_int_equal(jr_number(&m1, 0, 1, &figure, &err), OK);
    assert_true(figure > 0.03099 && figure < 0.03101);
    assert_true(jr_get(&root, "strata", &strata) && jr_size(&strata) > 2);
    trial_done(&trial);
}

static void lines_from_elsewhere_stand_alone(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct trial trial = trial_of(0.031);
    struct score_section section = {.title = "x", .trial = &trial, .alone = "lines.ndjson"};
    write(&section, false, &text);
    assert_non_null(strstr(text.data, "| metric | | target | lines.ndjson |\n"));
    assert_null(strstr(text.data, "best baseline"));
    trial_done(&trial);
}

static void nothing_judged_is_told_without_tables(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct trial trial = {.too_early = 3};
    struct score_section section = {
        .title = "5 jobs learnt", .learn = 5, .least = 5, .trial = &trial};
    write(&section, false, &text);
    assert_string_equal(text.data,
                        "### 5 jobs learnt\n\n0 jobs judged; 3 before which fewer than 5 had "
                        "ended only taught.\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missed_target_is_marked),
        cmocka_unit_test(the_json_form_is_one_object),
        cmocka_unit_test(lines_from_elsewhere_stand_alone),
        cmocka_unit_test(nothing_judged_is_told_without_tables),
    };
    return cmocka_run_group_tests_name("score_text", tests, NULL, NULL);
}
