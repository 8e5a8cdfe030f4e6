// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/report_html.h"

#include "runs.h"

static void page_of(struct samples *s, struct buffer *out)
{
    struct analysis *a AUTO(analysis_free) = analysis_new(s);
    buffer_init(out, 1 << 20);
    report_html(a, out);
    assert_false(out->overflow);
}

// Every tag that is opened is closed, in order.
static void assert_balanced(const char *page)
{
    static const char *const void_tags[] = {"meta", "!doctype", "!--"};
    char open[64][16];
    int depth = 0;
    for (const char *at = page; (at = strchr(at, '<')); at++) {
        char name[16] = "";
        bool closing = at[1] == '/';
        (void)sscanf(at + 1 + closing, "%15[a-z0-9!-]", name);
        const char *end = strchr(at, '>');
        assert_non_null(end);
        bool alone = end[-1] == '/';
        for (int i = 0; i < 3; i++)
            alone = alone || strcmp(name, void_tags[i]) == 0;
        if (alone)
            continue;
        if (closing) {
            if (depth == 0 || strcmp(open[depth - 1], name) != 0)
                fail_msg("</%s> closes <%s>", name, depth ? open[depth - 1] : "nothing");
            depth--;
        } else {
            assert_true(depth < 64);
            (void)strcpy(open[depth++], name);
        }
    }
    assert_int_equal(depth, 0);
}

static void the_page_needs_nothing_from_outside(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 12, 0.4, true);
    add_runs(&s, 12, 12, 0.8, false);
    page_of(&s, &out);
    const char *page = buffer_string(&out);
    assert_balanced(page);
    static const char *const strangers[] = {"http:", "https:",  "<script", "<link",
                                            "url(",  "@import", "src=\""};
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        assert_null(strstr(page, strangers[i]));
    assert_non_null(strstr(page, "prefers-color-scheme:dark"));
    static const char *const headings[] = {"Where the work is",       "Seconds per frame",
                                           "Expected against actual", "Drift over time",
                                           "Cold against warm",       "What not to believe"};
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        assert_non_null(strstr(page, headings[i]));
}

static void words_from_logs_are_escaped(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    for (int i = 0; i < 24; i++) {
        struct benchmark b = run_of(i, 100, i < 20 ? 0.4 : 0.9, true);
        (void)text_copy(b.job, sizeof(b.job), "<b>\"&");
        (void)text_copy(b.record.features.device, sizeof(b.record.features.device), "<i>gpu</i>");
        samples_add(&s, &b);
    }
    page_of(&s, &out);
    assert_null(strstr(buffer_string(&out), "<b>\""));
    assert_null(strstr(buffer_string(&out), "<i>"));
    assert_non_null(strstr(buffer_string(&out), "&lt;b&gt;&quot;&amp;"));
    assert_balanced(buffer_string(&out));
}

static void a_page_without_records_is_a_page(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    page_of(&s, &out);
    assert_balanced(buffer_string(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_needs_nothing_from_outside),
        cmocka_unit_test(words_from_logs_are_escaped),
        cmocka_unit_test(a_page_without_records_is_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
