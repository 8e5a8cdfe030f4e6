// SPDX-License-Identifier: GPL-3.0-or-later
// storage.c — see storage.h.
#include "storage/storage.h"

struct storage {
    char *endpoint, *region;
};

enum status storage_new(const struct storage_options *options, struct storage **ret,
                        struct error *err)
{
    (void)err;
    struct storage *s = mem_new(struct storage);
    if (options) {
        s->endpoint = mem_strdup(options->endpoint);
        s->region = mem_strdup(options->region);
    }
    *ret = s;
    return OK;
}

void storage_free(struct storage *s)
{
    if (!s)
        return;
    free(s->endpoint);
    free(s->region);
    free(s);
}
