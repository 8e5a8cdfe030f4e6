// SPDX-License-Identifier: GPL-3.0-or-later
// replay.h — what `headway replay` and `headway score` share of their command lines.
#pragma once

#include <argp.h>
#include <stdint.h>

// A rate in samples a second, as the time between two of them; ends the program with a usage
// error when it is none that falls on the replay's own steps.
int64_t replay_every_ns(const char *text, struct argp_state *state);
