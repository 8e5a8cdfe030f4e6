// SPDX-License-Identifier: GPL-3.0-or-later
// half.h — numbers of 16 bits as model files keep them. Pure.
#pragma once

#include <stdint.h>
#include <string.h>

// IEEE 754 binary16 to binary32, exactly.
static inline float float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31;
    uint32_t mantissa = half & 0x3ff;
    if (exponent == 0)
        return (sign ? -1.0F : 1.0F) * (float)mantissa * 0x1p-24F;
    uint32_t bits = sign | (exponent == 31 ? 0xff : exponent + 112) << 23 | mantissa << 13;
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return f;
}
