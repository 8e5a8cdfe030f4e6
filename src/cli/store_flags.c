// SPDX-License-Identifier: GPL-3.0-or-later
// store_flags.c — see store_flags.h.
#include "cli/store_flags.h"

#include <stdlib.h>

enum { FIRST_KEY = 0x4000, GROUP = 9 }; // behind the command's own in its help

int store_flags_options(struct argp_option *options)
{
    int n = 0;
    for (int i = 0; i < STORAGE_SETTING_COUNT; i++) {
        const struct storage_setting *row = storage_setting((enum storage_setting_id)i);
        if (!row->flag)
            continue;
        options[n++] = (struct argp_option){.name = row->flag,
                                            .key = FIRST_KEY + i,
                                            .arg = row->argument,
                                            .doc = row->help,
                                            .group = GROUP};
    }
    return n;
}

bool store_flags_take(int key, const char *argument)
{
    if (key < FIRST_KEY || key >= FIRST_KEY + STORAGE_SETTING_COUNT)
        return false;
    const struct storage_setting *row = storage_setting((enum storage_setting_id)(key - FIRST_KEY));
    return setenv(row->variable, argument, 1) == 0;
}
