// SPDX-License-Identifier: GPL-3.0-or-later
// fanout_worker.c — a worker that only reports: for fanout.c, which measures the way of its counts.
//
// Usage: as `headway worker` is started (--job ID --attempt N); $FANOUT_PERIOD_MS between reports
// (100). Counts the milliseconds of the wall clock, modulo a milliard, until it is told to stop.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CIRCLE_MS = 1000000000, LONGEST_S = 240 };

static long long clock_ms(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    const char *job = "job";
    const char *attempt = "1";
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--job") == 0)
            job = argv[i + 1];
        if (strcmp(argv[i], "--attempt") == 0)
            attempt = argv[i + 1];
    }
    const char *period = getenv("FANOUT_PERIOD_MS");
    long period_ms = period ? atol(period) : 100;
    long long begun = clock_ms(CLOCK_MONOTONIC);
    unsigned long seq = 0;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)printf(
        "{\"v\":1,\"job\":\"%s\",\"attempt\":%s,\"seq\":%lu,\"t_ms\":0,\"ev\":\"hello\",\"worker\":"
        "\"fanout\","
        "\"engine\":\"none\",\"device\":\"none\",\"cold\":false,\"plan\":[{\"phase\":\"upscale\","
        "\"unit\":\"frames\",\"total\":%d}]}\n",
        job, attempt, seq++, CIRCLE_MS);
    (void)alarm(LONGEST_S); // should nobody stop it
    // Workers do not all speak at the same moment.
    (void)usleep((unsigned)(getpid() * 7919 % (period_ms * 1000)));
    for (;;) {
        (void)printf(
            "{\"v\":1,\"job\":\"%s\",\"attempt\":%s,\"seq\":%lu,\"t_ms\":%lld,\"ev\":\"progress\","
            "\"phase\":\"upscale\",\"done\":%lld,\"total\":%d}\n",
            job, attempt, seq++, clock_ms(CLOCK_MONOTONIC) - begun,
            clock_ms(CLOCK_REALTIME) % CIRCLE_MS, CIRCLE_MS);
        (void)usleep((unsigned)(period_ms * 1000));
    }
}
