// SPDX-License-Identifier: GPL-3.0-or-later
// backend.c — the table of back ends. See backend.h.
#include "vision/backend.h"

#include <sched.h>

#include "vision/backend_onednn.h"

static const struct backend *const backends[] = {
    &backend_onednn,
};

enum { N_BACKENDS = sizeof backends / sizeof backends[0] };

const struct backend *backend_best(void)
{
    for (size_t i = 0; i + 1 < N_BACKENDS; i++)
        if (backends[i]->probe())
            return backends[i];
    return backends[N_BACKENDS - 1];
}

const struct backend *backend_at(size_t i)
{
    return i < N_BACKENDS ? backends[i] : NULL;
}

int backend_cpu_count(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? n : 1;
}
