// SPDX-License-Identifier: GPL-3.0-or-later
// near.h — cmocka compares floats; our numbers are doubles.
#pragma once

#include <math.h>

#include "test.h"

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))
