// SPDX-License-Identifier: GPL-3.0-or-later
// supervisor.c — what many running jobs cost the supervisor.
//
// Usage: bench_supervisor [JOBS [REPORTS_PER_S]]   (1000, 2)
// Starts so many workers (this program again, which sleeps between its lines), waits until all run,
// and measures for 20 s what this process, which is the supervisor alone, used.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "jobs/supervisor.h"
#include "sys/clock.h"

enum { SECONDS = 20, TOTAL = 1000000 };

static void pause_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

// ---- the worker ----

static _Noreturn void work(int argc, char **argv)
{
    const char *job = "";
    const char *rate = getenv("BENCH_RATE");
    long ms = 1000 / (rate ? atol(rate) : 2);
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--job") == 0)
            job = argv[i + 1];
    }
    (void)printf(
        "{\"v\":1,\"job\":\"%s\",\"attempt\":1,\"seq\":0,\"t_ms\":0,\"ev\":\"hello\",\"worker\":"
        "\"bench\",\"plan\":[{\"phase\":\"upscale\",\"unit\":\"frames\",\"total\":%d}]}\n",
        job, TOTAL);
    for (int i = 1;; i++) {
        (void)printf(
            "{\"v\":1,\"job\":\"%s\",\"attempt\":1,\"seq\":%d,\"t_ms\":%ld,\"ev\":\"progress\","
            "\"phase\":\"upscale\",\"done\":%d,\"total\":%d}\n",
            job, i, i * ms, i, TOTAL);
        (void)fflush(stdout);
        pause_ms(ms);
    }
}

// ---- the supervisor ----

static double cpu_s(void)
{
    return (double)clock_cpu_ns() / 1e9;
}

static void cancel_one(void *context, const struct supervisor_answer *answer)
{
    struct supervisor *s = context;
    for (size_t i = 0; i < answer->job_count; i++)
        (void)!supervisor_cancel(s, NULL, answer->jobs[i].snapshot->job,
                                 (struct supervisor_reply){0}, NULL);
}

static void submit_all(struct supervisor *s, int jobs)
{
    for (int i = 0; i < jobs; i++) {
        char spec[160];
        int n = snprintf(spec, sizeof(spec),
                         "{\"type\":\"framing_ai\",\"input\":\"in.mp4\",\"output\":\"out/%d\"}", i);
        const struct supervisor_submit submit = {
            .user = "bench", .spec = spec, .spec_bytes = (size_t)n};
        (void)!supervisor_submit(s, &submit, (struct supervisor_reply){0}, NULL);
    }
}

static void stop_all(struct supervisor *s, int jobs)
{
    struct supervisor_stats stats;
    do {
        const struct supervisor_list list = {.which = SUPERVISOR_ACTIVE,
                                             .limit = SUPERVISOR_MAX_PAGE};
        (void)!supervisor_list(s, &list, (struct supervisor_reply){cancel_one, s}, NULL);
        pause_ms(200);
        supervisor_stats(s, &stats);
    } while (stats.jobs[JOB_CANCELLED] < (uint64_t)jobs);
}

static void measure(struct supervisor *s, int jobs)
{
    struct supervisor_stats before;
    struct supervisor_stats after;
    struct rusage usage;
    supervisor_stats(s, &before);
    double cpu = cpu_s();
    pause_ms(SECONDS * 1000L);
    cpu = cpu_s() - cpu;
    supervisor_stats(s, &after);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf(
        "%d running jobs: %.1f %% of a core, %.0f lines/s, %.0f snapshots/s, %.1f commits/s, "
        "longest round %.1f ms, %.1f MB in all\n",
        jobs, 100 * cpu / SECONDS, (double)(after.lines - before.lines) / SECONDS,
        (double)(after.snapshots - before.snapshots) / SECONDS,
        (double)(after.commits - before.commits) / SECONDS, (double)after.longest_round_ns / 1e6,
        (double)usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        work(argc, argv);
    int jobs = argc > 1 ? atoi(argv[1]) : 1000;
    char folder[] = "/tmp/headway-bench-XXXXXX";
    char command[64];
    struct error err = {0};
    struct supervisor *s = NULL;
    struct supervisor_stats stats;
    const struct rlimit files = {8192, 8192};
    if (!mkdtemp(folder) || setenv("BENCH_RATE", argc > 2 ? argv[2] : "2", 1) != 0)
        return 1;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    const struct supervisor_options options = {.data_dir = folder,
                                               .workers = (uint32_t)jobs,
                                               .queue_per_user = (uint32_t)jobs,
                                               .queue_limit = (uint32_t)jobs};
    if (supervisor_new(&options, &s, &err) != OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    submit_all(s, jobs);
    do {
        pause_ms(100);
        supervisor_stats(s, &stats);
    } while (stats.jobs[JOB_RUNNING] < (uint64_t)jobs);
    pause_ms(2000);
    measure(s, jobs);
    stop_all(s, jobs);
    supervisor_free(s);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
