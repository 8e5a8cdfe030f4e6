// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/tfjs_attribute.h"

#include <string.h>

#include "test.h"

static const char node_text[] =
    "{\"attr\":{\"s\":{\"s\":\"TkhXQw==\"},\"b\":{\"b\":true},\"n\":{\"b\":1},"
    "\"four\":{\"list\":{\"i\":[\"1\",\"2\",\"2\",\"1\"]}},"
    "\"uneven\":{\"list\":{\"i\":[\"1\",\"2\",\"3\",\"1\"]}},"
    "\"batch\":{\"list\":{\"i\":[\"2\",\"2\",\"2\",\"1\"]}},"
    "\"three\":{\"list\":{\"i\":[\"1\",\"2\",\"1\"]}},"
    "\"large\":{\"list\":{\"i\":[\"1\",\"22\",\"22\",\"1\"]}},"
    "\"numbers\":{\"list\":{\"i\":[1,2,2,1]}},\"empty\":{\"list\":{}}}}";

static void reads_what_has_the_form_and_nothing_else(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = NULL;
    assert_int_equal(jr_parse(node_text, strlen(node_text), &doc, NULL), OK);
    struct jr node = jr_root(doc), all, one;
    assert_true(tfjs_attribute(&node, "s", &all, &one));
    assert_false(tfjs_attribute(&node, "x", &all, &one));
    assert_true(tfjs_text_is(&node, "s", "TkhXQw=="));
    assert_false(tfjs_text_is(&node, "s", "VkFMSUQ="));
    assert_false(tfjs_text_is(&node, "b", "true"));
    assert_true(tfjs_flag_is(&node, "b", true));
    assert_false(tfjs_flag_is(&node, "b", false));
    assert_false(tfjs_flag_is(&node, "n", true));
    assert_false(tfjs_flag_is(&node, "x", false));
    assert_int_equal(tfjs_square(&node, "four"), 2);
    static const char *const others[] = {"uneven",  "batch", "three", "large",
                                         "numbers", "empty", "s",     "x"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(tfjs_square(&node, others[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_has_the_form_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
