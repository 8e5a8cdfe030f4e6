// SPDX-License-Identifier: GPL-3.0-or-later
// spool.h — what workers write: for each attempt a file of lines and one of its log.
//
// DIR/JOB.ATTEMPT.lines and DIR/JOB.ATTEMPT.log. A reader keeps its place; who comes later reads
// from the beginning. Threads: one owner. Errors name the file.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

enum spool_kind { SPOOL_LINES, SPOOL_LOG, SPOOL_KIND_COUNT };

// The file's path. Free it.
char *spool_path(const char *dir, const char *job, uint32_t attempt, enum spool_kind kind);

// Makes the folder where it is missing.
MUST_USE enum status spool_make(const char *dir, struct error *err);
// Removes both files of an attempt, those that are there.
void spool_remove(const char *dir, const char *job, uint32_t attempt);
// Removes every file in it of which `wanted` says false, and what is no such file. Returns how
// many.
int spool_sweep(const char *dir, bool (*wanted)(void *context, const char *job, uint32_t attempt),
                void *context);
// The last line with words in a log, at most `size` bytes with the NUL; "" when there is none.
void spool_last_words(const char *dir, const char *job, uint32_t attempt, char *dst, size_t size);
// Appends lines that came another way. The file is made where it is missing.
MUST_USE enum status spool_append(const char *dir, const char *job, uint32_t attempt,
                                  const char *lines, size_t n, struct error *err);
