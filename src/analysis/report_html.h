// SPDX-License-Identifier: GPL-3.0-or-later
// report_html.h — an analysis as one page: HTML, styles and plots in one file, nothing from
// outside.
//
// It follows the reader's light or dark setting, reads without scripts, and prints. Pure.
#pragma once

#include "analysis/analysis.h"
#include "base/buffer.h"

void report_html(const struct analysis *a, struct buffer *out);
