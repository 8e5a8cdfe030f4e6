// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz.h — what every fuzz target is: one function from libFuzzer's interface.
//
// It must return for any bytes, without an assert, a leak or a sanitizer's complaint.
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
