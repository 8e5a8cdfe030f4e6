// SPDX-License-Identifier: GPL-3.0-or-later
// drift_news.h — when to tell people that a deployment has left its model, and in which words.
//
// While a model gets to know a machine it is surprised as well, so what it notices within the
// first DRIFT_SETTLED records of an export type is no news. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "progress/model.h"

enum { DRIFT_SETTLED = 10, DRIFT_TEXT = 256 };

// Has `newest`, the record that the model learned last, shown a drift?
bool drift_news(const struct model *model, const struct record *newest, struct drift *ret);
// "since 2026-11-27T08:15:00Z upscale takes 1.82 times as long as before on cpu-avx2-2; noticed
// after 3 runs".
void drift_text(const struct drift *d, char dst[static DRIFT_TEXT]);
