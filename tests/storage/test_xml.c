// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/xml.h"

#include "base/buffer.h"
#include "test.h"

static void note(void *context, const char *path, const char *text)
{
    buffer_printf(context, "%s=%s;", path, text);
}

static enum status read_text(const char *text, struct buffer *told, struct error *err)
{
    const struct xml_visitor visitor = {note, told};
    return xml_read(text, strlen(text), &visitor, err);
}

static void texts_come_with_the_names_that_lead_to_them(void **state)
{
    (void)state;
    struct error err;
    struct buffer told BUFFER_AUTO;
    buffer_init(&told, 4096);
    assert_int_equal(
        read_text("<?xml version=\"1.0\"?>\n<A xmlns=\"http://x/\">\n  <B>1&amp;2</B>\n"
                  "  <C><B> s </B><D/></C></A>",
                  &told, &err),
        OK);
    assert_string_equal(buffer_string(&told), "A/B=1&2;A/C/B= s ;A/C/D=;A/C=;A=;");
}

static void what_is_no_small_document_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "<A>",
        "<A></B>",
        "not xml",
        "<A>\xFF</A>",
        "<!DOCTYPE A [<!ENTITY e \"x\">]><A>&e;</A>",
        "<A><A><A><A><A><A><A><A><A/></A></A></A></A></A></A></A></A>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error err = {0};
        struct buffer told BUFFER_AUTO;
        buffer_init(&told, 4096);
        assert_int_equal(read_text(bad[i], &told, &err), ERR_INVALID);
        assert_non_null(strstr(err.text, "no XML that can be read"));
    }
}

static void a_text_has_a_limit(void **state)
{
    (void)state;
    struct error err;
    struct buffer text BUFFER_AUTO;
    struct buffer told BUFFER_AUTO;
    buffer_init(&text, 1 << 20);
    buffer_init(&told, 1 << 20);
    buffer_text(&text, "<A>");
    for (int i = 0; i <= XML_MAX_TEXT; i++)
        buffer_text(&text, "x");
    buffer_text(&text, "</A>");
    assert_int_equal(read_text(buffer_string(&text), &told, &err), ERR_INVALID);
    assert_int_equal(told.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_with_the_names_that_lead_to_them),
        cmocka_unit_test(what_is_no_small_document_is_refused),
        cmocka_unit_test(a_text_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
