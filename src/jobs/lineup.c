// SPDX-License-Identifier: GPL-3.0-or-later
// lineup.c — see lineup.h.
//
// Draws are taken from evenly spread points, the common part by the draw's number, each job's own
// by the golden ratio's multiples: the same queue gives the same answer.
#include "jobs/lineup.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "progress/normal.h"

static const double common_share = 0.7071; // √½: of the standard deviation
static const double golden = 0.6180339887498949;

struct worker {
    double free_s; // when its job ends
    uint32_t user; // of that job
    bool has_job;
};

// One run of the queue.
struct play {
    const struct lineup *lineup;
    struct worker *workers;
    bool *started;
    uint32_t running[LINEUP_USERS];
    int draw;
};

static double duration_s(const struct lineup_job *job, int draw, size_t place)
{
    double own = fmod((double)(place + 1) * golden + (double)draw * golden * golden, 1);
    double z = common_share * normal_quantile((draw + 0.5) / LINEUP_DRAWS) +
               common_share * normal_quantile(own);
    return job->median_s * exp(job->sigma * z);
}

static void take(struct play *play, struct worker *worker, const struct lineup_job *job,
                 double seconds)
{
    worker->free_s += seconds;
    worker->user = job->user % LINEUP_USERS;
    worker->has_job = true;
    play->running[worker->user]++;
}

// Of several at the same moment one whose job then ends: the others may wait for that.
static struct worker *first_free(const struct play *play)
{
    struct worker *best = play->workers;
    for (uint32_t i = 1; i < play->lineup->workers; i++) {
        const struct worker *w = &play->workers[i];
        bool same = w->free_s <= best->free_s && w->free_s >= best->free_s;
        if (w->free_s < best->free_s || (same && w->has_job && !best->has_job))
            best = &play->workers[i];
    }
    return best;
}

// The first in line who has room, or waiting_count.
static size_t next_in_line(const struct play *play, size_t from)
{
    const struct lineup *l = play->lineup;
    size_t i = from;
    while (i < l->waiting_count &&
           (play->started[i] || play->running[l->waiting[i].user % LINEUP_USERS] >= l->per_user))
        i++;
    return i;
}

// This worker can take nobody: it looks again when the next one is free.
static void wait_for_another(struct play *play, struct worker *worker)
{
    double next_s = INFINITY;
    for (uint32_t i = 0; i < play->lineup->workers; i++) {
        const struct worker *w = &play->workers[i];
        if (w->has_job && w->free_s < next_s)
            next_s = w->free_s;
    }
    worker->free_s = next_s;
}

static void play_once(struct play *play, double *starts)
{
    const struct lineup *l = play->lineup;
    for (size_t i = 0; i < l->running_count && i < l->workers; i++)
        take(play, &play->workers[i], &l->running[i],
             duration_s(&l->running[i], play->draw, i + l->waiting_count));
    size_t first = 0;
    for (size_t left = l->waiting_count; left > 0;) {
        struct worker *worker = first_free(play);
        if (worker->has_job)
            play->running[worker->user]--;
        worker->has_job = false;
        size_t i = next_in_line(play, first);
        if (i == l->waiting_count) {
            wait_for_another(play, worker);
            if (isinf(worker->free_s))
                return; // nobody may ever run: per_user is 0
            continue;
        }
        starts[i * LINEUP_DRAWS + (size_t)play->draw] = worker->free_s;
        play->started[i] = true;
        left--;
        take(play, worker, &l->waiting[i], duration_s(&l->waiting[i], play->draw, i));
        while (first < l->waiting_count && play->started[first])
            first++;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

void lineup_forecast(const struct lineup *lineup, struct lineup_wait *ret)
{
    size_t n = lineup->waiting_count;
    double *starts AUTO(mem_free) = mem_zeroed(n * LINEUP_DRAWS + 1, sizeof(double));
    bool *started AUTO(mem_free) = mem_zeroed(n + 1, sizeof(bool));
    struct worker *workers AUTO(mem_free) = mem_zeroed(lineup->workers + 1, sizeof(struct worker));
    for (int draw = 0; draw < LINEUP_DRAWS; draw++) {
        struct play play = {.lineup = lineup, .workers = workers, .started = started, .draw = draw};
        memset(started, 0, n * sizeof(bool));
        memset(workers, 0, lineup->workers * sizeof(struct worker));
        play_once(&play, starts);
    }
    for (size_t i = 0; i < n; i++) {
        double *s = starts + i * LINEUP_DRAWS;
        qsort(s, LINEUP_DRAWS, sizeof(double), by_value);
        ret[i] = (struct lineup_wait){.low_s = s[LINEUP_DRAWS / 10],
                                      .median_s = s[LINEUP_DRAWS / 2],
                                      .high_s = s[LINEUP_DRAWS - 1 - LINEUP_DRAWS / 10]};
    }
}
