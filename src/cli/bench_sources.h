// SPDX-License-Identifier: GPL-3.0-or-later
// bench_sources.h — from what a user asks `headway bench` for to the axes of its matrix.
#pragma once

#include "base/error.h"
#include "cli/bench_cell.h"

// Lists are texts with commas; NULL: the usual ones.
struct bench_wishes {
    const char *types, *seconds, *sizes;
    const char *const *clips; // files to measure on; with any of them, no source is made
    int clip_count;
    int rounds;
    bool quick;
};

// Looks at the clips. ERR_USAGE names the list that cannot be used and what was expected; else the
// error of a clip that cannot be read. Paths are borrowed.
MUST_USE enum status bench_sources(const struct bench_wishes *wishes, struct bench_axes *ret,
                                   struct error *err);
