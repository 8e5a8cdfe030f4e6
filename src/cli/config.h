// SPDX-License-Identifier: GPL-3.0-or-later
// config.h — options that come as flags, from the environment and from a file, out of one table.
//
// A row says name, kind, bounds, default, help and where the value goes. From it come the flag
// (--max-jobs N), the variable (HEADWAY_MAX_JOBS), the line of the file (max-jobs = N), the help
// text and every error. Flags win over variables, variables over the file, the file over defaults.
//
// Ownership: texts from the file belong to the config and live until config_done().
// Threads: one owner.
#pragma once

#include <argp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum config_kind {
    CONFIG_TEXT,  // const char *; "" is as if it were not given
    CONFIG_COUNT, // int64_t
    CONFIG_BYTES, // int64_t; k, M, G and T behind the number multiply by 1000, a million, …
    CONFIG_KIND_COUNT
};

struct config_row {
    const char *name;     // "max-jobs"
    const char *argument; // "N"
    enum config_kind kind;
    size_t offset;        // of the value in the target
    int64_t min, max;     // of numbers
    const char *standard; // the default, as it would be given; NULL: none (0, NULL)
    const char *help;     // one sentence, without the default
};

enum { CONFIG_FIRST_KEY = 0x4000, CONFIG_MAX_ROWS = 64, CONFIG_HELP = 400 };

struct config {
    const struct config_row *rows;
    size_t count; // at most CONFIG_MAX_ROWS
    void *target; // what the offsets are of
    // -- private
    const char *flags[CONFIG_MAX_ROWS]; // as given, NULL when not
    char *texts[CONFIG_MAX_ROWS];       // from the file
};

void config_init(struct config *c, const struct config_row *rows, size_t count, void *target);
void config_done(struct config *c);

// Rows for argp's table, `count` of them; texts of help are made in `help`.
void config_options(const struct config *c, struct argp_option *options, char (*help)[CONFIG_HELP]);
// Takes a flag's argument when `key` is one of ours; looked at by config_apply().
bool config_take(struct config *c, int key, const char *argument);

// Sets every value: defaults, then the file at `path` (NULL: none), variables, flags. ERR_USAGE
// or ERR_INVALID names the source, the option and what was expected.
MUST_USE enum status config_apply(struct config *c, const char *path, struct error *err);
