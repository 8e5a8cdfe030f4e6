// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/tfjs_weights.h"

#include <math.h>
#include <string.h>

#include "test.h"

static enum status read_all(const char *json, const void *bin, size_t n, struct jr_doc **doc,
                            struct tfjs_weights *w, struct error *err)
{
    assert_int_equal(jr_parse(json, strlen(json), doc, NULL), OK);
    struct jr root = jr_root(*doc);
    return tfjs_weights_read(&root, bin, n, w, err);
}

static void reads_the_three_types_in_the_order_of_the_manifest(void **state)
{
    (void)state;
    static const unsigned char bin[] = {0xFE, 0xFF, 0xFF, 0xFF, 7,    0,    0, 0, // −2, 7
                                        0x00, 0x3C, 0x00, 0xC0, 0x00, 0xFC,       // 1, −2, −∞
                                        0x00, 0x00, 0x20, 0x40};                  // 2.5
    struct jr_doc *doc AUTO(jr_free) = NULL;
    struct tfjs_weights w;
    assert_int_equal(read_all("[{\"weights\":[{\"name\":\"i\",\"shape\":[2],\"dtype\":\"int32\"},"
                              "{\"name\":\"h\",\"shape\":[3,1],\"dtype\":\"float32\","
                              "\"quantization\":{\"dtype\":\"float16\"}},"
                              "{\"name\":\"f\",\"shape\":[],\"dtype\":\"float32\"}]}]",
                              bin, sizeof bin, &doc, &w, NULL),
                     OK);
    static const int ints[] = {-2, 7}, others[] = {-2, 8};
    const struct tfjs_weight *i = tfjs_weights_find(&w, "i"), *h = tfjs_weights_find(&w, "h");
    assert_true(tfjs_weight_is(i, ints, 2) && !tfjs_weight_is(i, others, 2));
    assert_false(tfjs_weight_is(i, ints, 1));
    assert_int_equal(h->rank, 2);
    assert_true(tfjs_weight_at(h, 0) == 1 && tfjs_weight_at(h, 1) == -2);
    assert_true(isinf(tfjs_weight_at(h, 2)));
    assert_true(tfjs_weight_at(tfjs_weights_find(&w, "f"), 0) == 2.5);
    assert_null(tfjs_weights_find(&w, "g"));
    tfjs_weights_done(&w);
}

static void a_manifest_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *part;
    } bad[] = {
        {"[]", "one group"},
        {"{}", "one group"},
        {"[{},{}]", "one group"},
        {"[{\"weights\":[{}]}]", "without a name"},
        {"[{\"weights\":[{\"name\":\"a\",\"shape\":[1,1,1,1,1],\"dtype\":\"int32\"}]}]",
         "a: not a shape"},
        {"[{\"weights\":[{\"name\":\"a\",\"shape\":[-1],\"dtype\":\"int32\"}]}]", "a: not a shape"},
        {"[{\"weights\":[{\"name\":\"a\",\"shape\":[1000000,1000000,1000000],\"dtype\":\"int32\"}]}"
         "]",
         "a: not a shape"},
        {"[{\"weights\":[{\"name\":\"a\",\"shape\":[1],\"dtype\":\"bool\"}]}]", "a: its type"},
        {"[{\"weights\":[{\"name\":\"a\",\"shape\":[2],\"dtype\":\"int32\"}]}]",
         "a: the file ends"},
        {"[{\"weights\":[]}]", "4 bytes more"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct jr_doc *doc AUTO(jr_free) = NULL;
        struct tfjs_weights w;
        struct error err = {0};
        assert_int_equal(read_all(bad[k].json, "abcd", 4, &doc, &w, &err), ERR_MODEL);
        if (!strstr(err.text, bad[k].part))
            fail_msg("\"%s\" does not say \"%s\"", err.text, bad[k].part);
        tfjs_weights_done(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_three_types_in_the_order_of_the_manifest),
        cmocka_unit_test(a_manifest_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
