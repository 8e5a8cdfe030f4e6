// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/nanodet_model.h"

#include "test.h"

#include "small_nanodet.h"

static void init(struct buffer *json, struct buffer *bin)
{
    buffer_init(json, 1 << 20);
    buffer_init(bin, 1 << 20);
    small_nanodet(json, bin);
}

static void folds_the_graph_into_operations(void **state)
{
    (void)state;
    static const enum op_kind kinds[] = {OP_CONVOLUTION, OP_MAX_POOL,   OP_CONVOLUTION,
                                         OP_CONCAT,      OP_BILINEAR,   OP_BILINEAR,
                                         OP_ADD,         OP_CONVOLUTION};
    struct buffer json BUFFER_AUTO, bin BUFFER_AUTO;
    struct network *net AUTO(network_free) = NULL;
    struct error err = {0};
    init(&json, &bin);
    if (nanodet_model_parse(json.data, json.size, bin.data, bin.size, &net, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(net->n_ops, sizeof kinds / sizeof *kinds);
    for (int i = 0; i < net->n_ops; i++)
        assert_int_equal(net->ops[i].kind, kinds[i]);
    assert_true(net->ops[0].has_bias && net->ops[0].has_leaky && net->ops[2].has_leaky);
    assert_true(net->ops[7].has_bias && !net->ops[7].has_leaky);
    assert_int_equal(net->ops[0].stride, 2);
    assert_int_equal(net->width, 32);
    assert_int_equal(net->n_outputs, 1);
    const struct tensor *out = &net->tensors[net->outputs[0]];
    assert_int_equal(out->channels, NANODET_CHANNELS);
    assert_int_equal(out->scale_num, 1);
    assert_int_equal(out->scale_den, 4);
    assert_int_equal(network_radius_px(net), 1 + 2 + 4 + 4 + 8);
}

// With the first `from` of the graph replaced by `to`, reading is refused and says `part`.
static void expect(const char *from, const char *to, const char *part)
{
    struct buffer json BUFFER_AUTO, bin BUFFER_AUTO, text BUFFER_AUTO;
    init(&json, &bin);
    buffer_init(&text, 1 << 20);
    const char *at = strstr(json.data, from);
    assert_non_null(at);
    buffer_append(&text, json.data, (size_t)(at - json.data));
    buffer_text(&text, to);
    buffer_text(&text, at + strlen(from));
    struct network *net = NULL;
    struct error err = {0};
    assert_int_equal(nanodet_model_parse(text.data, text.size, bin.data, bin.size, &net, &err),
                     ERR_MODEL);
    assert_null(net);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void a_damaged_graph_is_refused_and_the_node_named(void **state)
{
    (void)state;
    expect("{\"format\"", "[\"format\"", "model graph");
    expect("\"modelTopology\"", "\"topology\"", "not a TensorFlow.js graph");
    expect("\"op\":\"MaxPool\"", "\"op\":\"AvgPool\"", "node m1 (AvgPool): an operation");
    expect("\"input\":[\"t1\",\"w1\"]", "\"input\":[\"t1\"]", "a number of inputs");
    expect("\"input\":[\"t1\",\"w1\"]", "\"input\":{\"t1\":1}", "inputs that are not a list");
    expect("\"input\":[\"t1\",\"w1\"]", "\"input\":[\"t1\",7]", "not a name");
    expect("\"input\":[\"t1\",\"w1\"]", "\"input\":[\"t9\",\"w1\"]", "no node before it makes");
    expect("\"input\":[\"t1\",\"w1\"]", "\"input\":[\"t1\",\"w2\"]", "weights that do not fit");
    expect("\"input\":[\"t1\",\"w1\"]", "\"input\":[\"p1\",\"w1\"]", "node c1");
    expect("\"input\":[\"p1\",\"last\"]", "\"input\":[\"in\",\"last\"]", "keeps the size");
    expect("\"input\":[\"p1\",\"last\"]", "\"input\":[\"p1\",\"first\"]", "order of sides");
    expect("\"input\":[\"c1\",\"b1\"]", "\"input\":[\"c1\",\"b3\"]", "not the bias");
    expect("\"input\":[\"t2\"]", "\"input\":[\"in\"]", "not behind a convolution");
    expect("\"f\":0.1", "\"f\":2", "a slope outside 0 to 1");
    expect("\"name\":\"t2\"", "\"name\":\"t1\"", "a name that is taken");
    expect("[\"r2\",\"t7\"]", "[\"r1\",\"t7\"]", "a sum of what does not fit");
    expect("[\"t7\",\"four\"]", "[\"t7\",\"split\"]", "twice or half");
    expect("\"half_pixel_centers\":{\"b\":true}", "\"half_pixel_centers\":{\"b\":false}",
           "half-pixel");
    expect("[\"t8\",\"split\",\"axis\"]", "[\"t8\",\"eight\",\"axis\"]", "not the split");
    expect("[\"o1:1\",\"shape\"]", "[\"t8\",\"shape\"]", "not behind the split");
    expect("[\"1\",\"2\",\"2\",\"1\"]", "[\"1\",\"3\",\"3\",\"1\"]", "stride");
    expect("{\"size\":\"32\"},{\"size\":\"32\"}", "{\"size\":\"30\"},{\"size\":\"30\"}",
           "half a pixel");
    expect("{\"size\":\"3\"}", "{\"size\":\"4\"}", "three channels");
    expect("\"name\":\"in\",\"op\":\"Placeholder\"", "\"op\":\"Placeholder\"", "without name");
}

// What reads a convolution's result from before its bias would see other numbers than we make.
static void a_value_from_before_its_bias_cannot_be_read(void **state)
{
    (void)state;
    expect("\"input\":[\"a1\",\"first\"]", "\"input\":[\"c1\",\"first\"]", "from before its bias");
}

static void the_weights_must_fill_their_file(void **state)
{
    (void)state;
    struct buffer json BUFFER_AUTO, bin BUFFER_AUTO;
    struct network *net = NULL;
    struct error err = {0};
    init(&json, &bin);
    assert_int_equal(nanodet_model_parse(json.data, json.size, bin.data, bin.size - 1, &net, &err),
                     ERR_MODEL);
    assert_non_null(strstr(err.text, "b3: the file ends inside it"));
    buffer_text(&bin, "x");
    assert_int_equal(nanodet_model_parse(json.data, json.size, bin.data, bin.size, &net, &err),
                     ERR_MODEL);
    assert_non_null(strstr(err.text, "1 bytes more"));
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct network *net = NULL;
    struct error err = {0};
    assert_int_equal(nanodet_model_load("/nowhere/x.json", &net, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/x.json"));
    assert_int_equal(nanodet_model_load("/nowhere/x.onnx", &net, &err), ERR_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_the_graph_into_operations),
        cmocka_unit_test(a_damaged_graph_is_refused_and_the_node_named),
        cmocka_unit_test(a_value_from_before_its_bias_cannot_be_read),
        cmocka_unit_test(the_weights_must_fill_their_file),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
