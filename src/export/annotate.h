// SPDX-License-Identifier: GPL-3.0-or-later
// annotate.h — annotate_compilation: the moments of a game in one film, each with its caption card.
//
//   source → [decode, draw] → pictures → [encode] → sink
//
// Two stages over a bounded queue. Each moment's card is drawn once and blended onto its pictures.
// All moments pass through one encoder, so neighbours that touch are read and encoded in one
// go and nothing is joined afterwards. What cannot be read is skipped and told (moments.h); the
// list of the clips is stored beside the film (moment_table.h).
#pragma once

#include "export/export.h"

MUST_USE enum status annotate_run(const struct export_options *options, struct export_result *ret,
                                  struct error *err);
