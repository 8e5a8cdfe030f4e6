// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/network.h"

#include <math.h>
#include <stdio.h>

#include "test.h"

#include "small_nets.h"

static void counts_work_and_reach(void **state)
{
    (void)state;
    struct network *net AUTO(network_free) = small_net(small_compact);
    assert_float_equal(network_flop_per_px(net), 2.0 * (864 + 18432 + 27648), 0.5);
    assert_int_equal(network_radius_px(net), 3);
    struct network *dense AUTO(network_free) = small_net(small_dense);
    // three convolutions at ×1, two at ×2, a bicubic at ×2
    assert_int_equal(network_radius_px(dense), 3 + 1 + 1);
}

// Tensors that share a slot are never needed together: each is read before the next is written.
static void slots_never_clash(void **state)
{
    (void)state;
    const char *const texts[] = {small_compact, small_dense};
    for (int n = 0; n < 2; n++) {
        struct network *net AUTO(network_free) = small_net(texts[n]);
        int slot_of[64], holds[64];
        int n_slots = network_assign_slots(net, slot_of);
        assert_in_range(n_slots, 2, 5);
        holds[slot_of[NETWORK_INPUT]] = NETWORK_INPUT;
        for (int i = 0; i < net->n_ops; i++) {
            const struct op *op = &net->ops[i];
            for (int k = 0; k < op->n_inputs; k++)
                assert_int_equal(holds[slot_of[op->inputs[k]]], op->inputs[k]);
            bool in_place = slot_of[op->output] == slot_of[op->inputs[0]];
            assert_int_equal(in_place, op->kind == OP_PRELU);
            holds[slot_of[op->output]] = op->output;
        }
        assert_int_equal(holds[slot_of[net->outputs[0]]], net->outputs[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_work_and_reach),
        cmocka_unit_test(slots_never_clash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
