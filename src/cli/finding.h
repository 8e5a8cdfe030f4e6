// SPDX-License-Identifier: GPL-3.0-or-later
// finding.h — what one check of `headway doctor` found. A plain value.
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct finding {
    bool ok;
    char text[sizeof(((struct error *)0)->text)]; // what was found, or why not
};

// Fills *f: `text` when the status is OK, else the error's words.
void finding_set(struct finding *f, enum status status, const struct error *err, const char *text);
