// SPDX-License-Identifier: GPL-3.0-or-later
// place.h — where a user's history is, when nobody says.
#pragma once

#include "base/error.h"
#include "base/memory.h"

// $XDG_STATE_HOME/headway/history.db, else ~/.local/state/headway/history.db, with its folders
// made. The caller frees *ret. ERR_NOT_FOUND: the user has no home.
MUST_USE enum status place_history(char **ret, struct error *err);
