// SPDX-License-Identifier: GPL-3.0-or-later
// metrics.h — the server's figures, and how /metrics writes them (Prometheus text format 0.0.4).
//
// Counted where things happen, by plain additions on the loop. Threads: one, the server's loop.
#pragma once

#include <stdint.h>

#include "base/buffer.h"

enum metric {
    METRIC_CONNECTIONS, // open now
    METRIC_CONNECTIONS_TAKEN,
    METRIC_CONNECTIONS_REFUSED, // by a limit
    METRIC_HALF_OPEN_EVICTED,
    METRIC_REQUESTS,
    METRIC_ANSWERS_2XX,
    METRIC_ANSWERS_4XX,
    METRIC_ANSWERS_5XX,
    METRIC_BYTES_UPLOADED,
    METRIC_BYTES_DOWNLOADED,
    METRIC_UPLOADS,    // running now
    METRIC_PEERS_DEAD, // viewers that did not answer pings
    METRIC_JOBS_SHOWN,
    METRIC_VIEWERS,
    METRIC_MESSAGES,
    METRIC_MESSAGE_BYTES,
    METRIC_VIEWER_SKIPS,
    METRIC_MESSAGES_RENDERED,
    METRIC_LOOP_LATE_OVER_20MS,  // how often the ticker came so late
    METRIC_LOOP_LATE_LONGEST_US, // of the last minute
    METRIC_LOOP_WORK_LONGEST_US, // the same
    METRIC_LOOP_WAITS,
    METRIC_JOBS_SUBMITTED,
    METRIC_JOBS_RUNNING,
    METRIC_JOBS_QUEUED,
    METRIC_JOBS_COMPLETE,
    METRIC_JOBS_FAILED,
    METRIC_JOBS_CANCELLED,
    METRIC_JOB_RETRIES,
    METRIC_WORKERS_STARTED,
    METRIC_WORKERS_KILLED,
    METRIC_WORKERS_ADOPTED,
    METRIC_WORKER_LINES,
    METRIC_WORKER_LINES_BROKEN,
    METRIC_DATABASE_COMMITS,
    METRIC_JOBS_PRUNED,
    METRIC_MODEL_DRIFTS,
    METRIC_COUNT
};

struct metrics {
    uint64_t values[METRIC_COUNT];
};

// One comment of help, one of type and one line of value for each.
void metrics_write(const struct metrics *m, struct buffer *out);
