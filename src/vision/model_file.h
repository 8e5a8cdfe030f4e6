// SPDX-License-Identifier: GPL-3.0-or-later
// model_file.h — where the files of a model lie: a graph and, beside it, its weights as .bin.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// Are the file, whose name ends in `suffix`, and the .bin beside it there and readable?
bool model_file_is(const char *path, const char *suffix);

// The path of STEM followed by `suffix` (in dst). Looks in `model_dir` alone when given, else in
// $HEADWAY_MODEL_DIR, assets/models below the working folder, and ../share/headway/models beside
// the program. ERR_MODEL says what is missing, where it looked, and what fetches it. `name` is what
// people call the model.
MUST_USE enum status model_file_find(const char *name, const char *stem, const char *suffix,
                                     const char *model_dir, char *dst, size_t size,
                                     struct error *err);
