// SPDX-License-Identifier: GPL-3.0-or-later
// file.h — read a small file or stream whole, within a limit.
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "sys/cancel.h"

// Appends all of the file to `out`. More than out->max is ERR_LIMIT. Names the path in errors.
MUST_USE enum status file_read(const char *path, struct buffer *out, struct error *err);
// The same from an open descriptor until its end; `name` is for messages. Who writes there may
// take their time: the wait ends with ERR_CANCELLED when `cancel` (may be NULL) fires.
MUST_USE enum status file_read_fd(int fd, const char *name, struct cancel *cancel,
                                  struct buffer *out, struct error *err);
// Writes all n bytes to a descriptor, waiting as needed. ERR_IO with errno's text.
MUST_USE enum status file_write_fd(int fd, const char *name, const void *bytes, size_t n,
                                   struct error *err);
