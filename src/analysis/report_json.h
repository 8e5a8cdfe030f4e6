// SPDX-License-Identifier: GPL-3.0-or-later
// report_json.h — an analysis for programs: one JSON object on one line (docs/history.md). Pure.
#pragma once

#include "analysis/analysis.h"
#include "base/buffer.h"

// Appends it, without a line end.
void report_json(const struct analysis *a, struct buffer *out);
