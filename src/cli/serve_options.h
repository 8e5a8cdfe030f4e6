// SPDX-License-Identifier: GPL-3.0-or-later
// serve_options.h — everything `headway serve` can be told: the table, and what it fills.
#pragma once

#include <stddef.h>

#include "cli/config.h"
#include "jobs/supervisor.h"
#include "server/options.h"
#include "storage/storage.h"

struct serve_settings {
    struct server_options server;
    const char *store[STORAGE_SETTING_COUNT]; // of storage/storage.h
    const char *model_dir;
    const char *worker_program;
    const char *traces;  // a folder; NULL: none are kept
    int64_t trace_bytes; // of one file in it
    int64_t threads;
    int64_t workers, workers_per_user;
    int64_t jobs_per_user, jobs;
    int64_t attempts;
    int64_t worker_memory_bytes, worker_files, worker_cpu_s, worker_nice;
    int64_t keep_days, keep_count;
    int64_t worker_silence_s, worker_stopped_s, worker_lost_s;
};

// The rows, whose target is a struct serve_settings; those of the store come from its own table.
// Returns their number.
size_t serve_option_rows(struct config_row rows[static CONFIG_MAX_ROWS]);
// Workers read the settings of the store from the environment: puts them there.
void serve_export_store(const struct serve_settings *settings);
// What the settings say of jobs; the pointers are the settings'. The rest of *ret is zeroed.
void serve_supervisor_options(const struct serve_settings *settings,
                              struct supervisor_options *ret);
