// SPDX-License-Identifier: GPL-3.0-or-later
// report_plots.h — the plots of the report page, each a figure with its caption.
//
// Each draws what there is and returns false, with nothing written, when there is nothing to
// draw. Classes: "p-NAME" for the phase of that name, "t-NAME" for the export type; the page's
// style sheet has them. Pure.
#pragma once

#include "analysis/analysis.h"
#include "base/buffer.h"

bool plot_shares(const struct analysis *a, struct buffer *out);
bool plot_frames(const struct analysis *a, struct buffer *out);
bool plot_estimates(const struct analysis *a, struct buffer *out);
bool plot_drift(const struct analysis *a, struct buffer *out);
bool plot_cold(const struct analysis *a, struct buffer *out);
