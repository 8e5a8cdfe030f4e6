// SPDX-License-Identifier: GPL-3.0-or-later
// tfjs_attribute.h — the attributes of a node of a TensorFlow.js graph. Pure.
//
// A node has "attr": {NAME: {KIND: value}}, the kind being "s" (text as base64), "b" (truth), "f"
// (number), "shape", or "list" with a kind inside; whole numbers are written as texts. What is not
// there or has another form is simply not what was asked for.
#pragma once

#include <stdbool.h>

#include "base/json_read.h"

// The attribute `name`, through *ret_all, which *ret points to.
bool tfjs_attribute(const struct jr *node, const char *name, struct jr *ret_all, struct jr *ret);
bool tfjs_text_is(const struct jr *node, const char *name, const char *base64);
bool tfjs_flag_is(const struct jr *node, const char *name, bool wanted);
// A list of four whole numbers 1, v, v, 1 with v from 1 to 9: returns v, else 0.
int tfjs_square(const struct jr *node, const char *name);
