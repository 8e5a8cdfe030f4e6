// SPDX-License-Identifier: GPL-3.0-or-later
// metrics.c — see metrics.h. A name that ends in _total is a counter, every other a gauge.
#include "server/metrics.h"

#include <assert.h>

#include "base/text.h"

struct metric_row {
    const char *name, *help;
    double unit; // what one of the value is in the unit of the name
};

static const struct metric_row rows[] = {
    [METRIC_CONNECTIONS] = {"connections", "Connections open now", 1},
    [METRIC_CONNECTIONS_TAKEN] = {"connections_accepted_total", "Connections accepted", 1},
    [METRIC_CONNECTIONS_REFUSED] = {"connections_refused_total",
                                    "Connections closed at once because of a limit", 1},
    [METRIC_HALF_OPEN_EVICTED] = {"half_open_evicted_total",
                                  "Connections without a request that made room for newer ones", 1},
    [METRIC_REQUESTS] = {"http_requests_total", "Requests, WebSocket handshakes included", 1},
    [METRIC_ANSWERS_2XX] = {"http_answers_2xx_total", "Answers below 400", 1},
    [METRIC_ANSWERS_4XX] = {"http_answers_4xx_total", "Answers that blame the client", 1},
    [METRIC_ANSWERS_5XX] = {"http_answers_5xx_total", "Answers that blame the server", 1},
    [METRIC_BYTES_UPLOADED] = {"object_bytes_received_total", "Bytes of objects received", 1},
    [METRIC_BYTES_DOWNLOADED] = {"object_bytes_sent_total", "Bytes of objects and files sent", 1},
    [METRIC_UPLOADS] = {"uploads", "Uploads under way", 1},
    [METRIC_PEERS_DEAD] = {"viewers_dead_total", "Viewers dropped because no ping was answered", 1},
    [METRIC_JOBS_SHOWN] = {"jobs_shown", "Jobs that viewers can watch now", 1},
    [METRIC_VIEWERS] = {"viewers", "Viewers now", 1},
    [METRIC_MESSAGES] = {"viewer_messages_total", "Messages handed to viewers", 1},
    [METRIC_MESSAGE_BYTES] = {"viewer_message_bytes_total", "Bytes of those messages", 1},
    [METRIC_VIEWER_SKIPS] = {"viewer_skips_total",
                             "Times that a slow viewer was sent the newest state at once", 1},
    [METRIC_MESSAGES_RENDERED] = {"viewer_messages_rendered_total",
                                  "Messages made, each shared by those who see the same", 1},
    [METRIC_LOOP_LATE_OVER_20MS] = {"loop_late_total",
                                    "Times that the loop came over 20 ms late, for any reason", 1},
    [METRIC_LOOP_LATE_LONGEST_US] = {"loop_late_longest_seconds",
                                     "How late the loop came at most in the last minute", 1e-6},
    [METRIC_LOOP_WORK_LONGEST_US] = {"loop_work_longest_seconds",
                                     "Processor time of the longest turn of the loop in the last "
                                     "minute",
                                     1e-6},
    [METRIC_LOOP_WAITS] = {"loop_waits_total",
                           "Times that the loop waited for a lock, a disk or memory", 1},
    [METRIC_JOBS_SUBMITTED] = {"jobs_submitted_total", "Jobs taken", 1},
    [METRIC_JOBS_RUNNING] = {"jobs_running", "Jobs that a worker has now", 1},
    [METRIC_JOBS_QUEUED] = {"jobs_queued", "Jobs that wait for a worker", 1},
    [METRIC_JOBS_COMPLETE] = {"jobs_complete_total", "Jobs completed since the start", 1},
    [METRIC_JOBS_FAILED] = {"jobs_failed_total", "Jobs failed since the start", 1},
    [METRIC_JOBS_CANCELLED] = {"jobs_cancelled_total", "Jobs cancelled since the start", 1},
    [METRIC_JOB_RETRIES] = {"job_retries_total", "Attempts after the first", 1},
    [METRIC_WORKERS_STARTED] = {"workers_started_total", "Worker processes started", 1},
    [METRIC_WORKERS_KILLED] = {"workers_killed_total", "Worker processes killed by us", 1},
    [METRIC_WORKERS_ADOPTED] = {"workers_adopted_total", "Workers taken over after a restart", 1},
    [METRIC_WORKER_LINES] = {"worker_lines_total", "Lines that workers said", 1},
    [METRIC_WORKER_LINES_BROKEN] = {"worker_lines_broken_total", "Lines that could not be used", 1},
    [METRIC_DATABASE_COMMITS] = {"database_commits_total", "Commits of the job table", 1},
    [METRIC_JOBS_PRUNED] = {"jobs_pruned_total", "Ended jobs that were forgotten", 1},
    [METRIC_MODEL_DRIFTS] = {"model_drifts_total",
                             "Times that exports left what was learned of them", 1},
};
static_assert(sizeof(rows) / sizeof(rows[0]) == METRIC_COUNT, "a row for every metric");

void metrics_write(const struct metrics *m, struct buffer *out)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &rows[i];
        bool is_counter = text_ends(row->name, "_total");
        buffer_printf(out, "# HELP headway_%s %s.\n# TYPE headway_%s %s\n", row->name, row->help,
                      row->name, is_counter ? "counter" : "gauge");
        buffer_printf(out, "headway_%s %.15g\n", row->name, (double)m->values[i] * row->unit);
    }
}
