// SPDX-License-Identifier: GPL-3.0-or-later
// backend_onednn.h — the CPU's back end, on oneDNN. See backend.h.
#pragma once

#include "vision/backend.h"

extern const struct backend backend_onednn;
