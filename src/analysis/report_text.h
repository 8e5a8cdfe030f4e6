// SPDX-License-Identifier: GPL-3.0-or-later
// report_text.h — an analysis for people in a terminal. Pure.
#pragma once

#include "analysis/analysis.h"
#include "base/buffer.h"

// Appends lines of at most about 100 columns.
void report_text(const struct analysis *a, struct buffer *out);
