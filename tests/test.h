// SPDX-License-Identifier: GPL-3.0-or-later
// test.h — what every unit test includes: cmocka with the headers that it needs in front.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
