// SPDX-License-Identifier: GPL-3.0-or-later
// store_flags.h — the flags of a command that say how the S3 store is reached.
//
// They come from the table of settings (storage/storage.h). A flag that is given becomes the
// variable of its setting in this process's environment, from where every storage and every worker
// started later has it. Secrets have no flags: command lines are seen by everybody.
// Threads: one, before any other is started.
#pragma once

#include <argp.h>
#include <stdbool.h>

#include "storage/storage.h"

// Fills a row for each setting that has a flag, at most STORAGE_SETTING_COUNT; returns how many.
int store_flags_options(struct argp_option *options);
// Takes an option that argp found; false when it is none of these.
bool store_flags_take(int key, const char *argument);
