// SPDX-License-Identifier: GPL-3.0-or-later
// clock.h — the one place that reads the clock.
#pragma once

#include <stdint.h>

// Monotonic nanoseconds since an arbitrary start; never goes back.
int64_t clock_now_ns(void);
// Wall time, milliseconds since 1970 UTC: for records and file names, never for durations.
int64_t clock_wall_ms(void);
// CPU time this process has used so far, over all its threads.
int64_t clock_cpu_ns(void);
// The same of the calling thread alone.
int64_t clock_thread_cpu_ns(void);
