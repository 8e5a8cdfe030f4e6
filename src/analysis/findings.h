// SPDX-License-Identifier: GPL-3.0-or-later
// findings.h — what a reader of the figures must be warned of. Pure.
#pragma once

#include <stddef.h>

#include "analysis/analysis.h"

// Adds the findings to a report whose figures are filled in, and sets its `circular`.
void findings_add(struct type_report *r, const struct named_weights *sets, size_t set_count);
const char *finding_name(enum finding_kind kind); // "circular", for programs
