// SPDX-License-Identifier: GPL-3.0-or-later
// moment_table.h — the list of a compilation's clips as text, for spreadsheets. Pure but for
// memory.
//
// Tab-separated values in UTF-8, a header row first, one row a clip in the order of the spec, also
// for skipped ones. In texts a tab is written \t, a line end \n or \r, a backslash \\.
// Columns: clip (from 1), start_s and end_s in the source, film_start_s and film_duration_s in the
// film (empty when skipped), rating, notation, name, notes, tags (", " between them), skipped (why,
// or empty).
#pragma once

#include "base/buffer.h"
#include "export/moments.h"
#include "job/spec.h"

void moment_table_head(struct buffer *out);
// `number` from 1; `fps` of the film.
void moment_table_row(size_t number, const struct spec_moment *moment,
                      const struct moments_state *state, double fps, struct buffer *out);

// Where the table of the film `output` goes: the same name ending in .tsv instead of its extension
// ("out/game.mp4" → "out/game.tsv"), behind it where it ends so already. Free it.
char *moment_table_name(const char *output);
