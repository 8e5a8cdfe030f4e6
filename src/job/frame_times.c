// SPDX-License-Identifier: GPL-3.0-or-later
// frame_times.c — see frame_times.h.
#include "job/frame_times.h"

#include "base/memory.h"

void frame_times_done(struct frame_times *times)
{
    if (!times)
        return;
    free(times->start_s);
    *times = (struct frame_times){0};
}
