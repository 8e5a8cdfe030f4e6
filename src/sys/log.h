// SPDX-License-Identifier: GPL-3.0-or-later
// log.h — one line to standard error for people who run the program.
//
// Libraries return errors and do not log; programs log once at the top. A line is written
// with one write(), so lines of several threads and processes do not mix. Threads: any.
#pragma once

#include <stdbool.h>

#include "base/error.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVEL_COUNT };

// Lines above this level are dropped. LOG_WARN at the start.
void log_set_level(enum log_level level);
// Would a line of this level be written?
bool log_wants(enum log_level level);
// "headway: warning: text\n"; at most 4 KiB, cut at a character.
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
// The line as it is, without prefix and at any level (records that a program reads).
void log_record(const char *line);
