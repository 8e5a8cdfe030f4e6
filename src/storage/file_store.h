// SPDX-License-Identifier: GPL-3.0-or-later
// file_store.h — PRIVATE to src/storage: the two halves of the store of local files.
#pragma once

#include "storage/store.h"

enum status file_source_open(const struct store_call *call, struct source **ret, struct error *err);
enum status file_sink_open(const struct store_call *call, struct sink **ret, struct error *err);
