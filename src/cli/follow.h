// SPDX-License-Identifier: GPL-3.0-or-later
// follow.h — watch jobs of a server until all have ended, under bars or as JSON lines.
#pragma once

#include <stddef.h>

#include "cli/remote.h"

// Returns the exit code: 0 when all are complete, else that of the first which is not. Ctrl-C stops
// watching and nothing else: the jobs go on.
int follow_jobs(const struct remote *remote, struct api *api, const char *const *jobs,
                size_t count);
