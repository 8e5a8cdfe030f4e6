// SPDX-License-Identifier: GPL-3.0-or-later
// facts_api.c — what the server knows of itself and of past exports.
#include <string.h>

#include "base/json_write.h"
#include "server/wire.h"
#include "sys/clock.h"

static void answer_text(struct exchange *x, int code, const char *text)
{
    x->reply.code = code;
    x->reply.type = "text/plain; charset=utf-8";
    buffer_text(&x->reply.body, text);
    exchange_answer(x);
}

void facts_health(struct exchange *x)
{
    answer_text(x, 200, "ok\n");
}

void facts_ready(struct exchange *x)
{
    bool is_ready = !x->server->is_draining;
    answer_text(x, is_ready ? 200 : 503, is_ready ? "ready\n" : "stopping\n");
}

void facts_openapi(struct exchange *x)
{
    const struct buffer *text = &x->server->openapi;
    reply_json(&x->reply, 200);
    buffer_append(&x->reply.body, text->data, text->size);
    exchange_answer(x);
}

void facts_ticket(struct exchange *x)
{
    char ticket[TICKET_TEXT];
    struct json_writer w;
    access_make_ticket(&x->server->access, x->request.user, clock_wall_ms() / 1000, ticket);
    reply_json(&x->reply, 201);
    reply_field(&x->reply, "Cache-Control", "no-store");
    jw_init(&w, &x->reply.body);
    jw_object_begin(&w);
    jw_key_string(&w, "ticket", ticket);
    jw_key_int(&w, "expires_s", TICKET_S);
    jw_object_end(&w);
    exchange_answer(x);
}

// ---- figures ----

static void take_hub_figures(struct server *s)
{
    struct hub_stats hub;
    hub_stats(s->hub, &hub);
    uint64_t *v = s->metrics.values;
    v[METRIC_JOBS_SHOWN] = hub.jobs;
    v[METRIC_VIEWERS] = hub.viewers;
    v[METRIC_MESSAGES] = hub.messages;
    v[METRIC_MESSAGE_BYTES] = hub.message_bytes;
    v[METRIC_VIEWER_SKIPS] = hub.skips;
    v[METRIC_MESSAGES_RENDERED] = hub.rendered;
}

static void take_loop_figures(struct server *s)
{
    const struct pulse_stats *loop = &s->pulse.stats;
    uint64_t *v = s->metrics.values;
    v[METRIC_LOOP_LATE_OVER_20MS] = loop->late;
    v[METRIC_LOOP_LATE_LONGEST_US] = (uint64_t)loop->latest_ns / 1000;
    v[METRIC_LOOP_WORK_LONGEST_US] = (uint64_t)loop->longest_work_ns / 1000;
    v[METRIC_LOOP_WAITS] = loop->waits;
}

static void take_job_figures(struct server *s)
{
    struct supervisor_stats jobs;
    supervisor_stats(s->supervisor, &jobs);
    uint64_t *v = s->metrics.values;
    v[METRIC_JOBS_SUBMITTED] = jobs.submitted;
    v[METRIC_JOBS_QUEUED] = jobs.jobs[JOB_QUEUED];
    v[METRIC_JOBS_RUNNING] = jobs.jobs[JOB_STARTING] + jobs.jobs[JOB_RUNNING] +
                             jobs.jobs[JOB_FINALIZING];
    v[METRIC_JOBS_COMPLETE] = jobs.jobs[JOB_COMPLETE];
    v[METRIC_JOBS_FAILED] = jobs.jobs[JOB_FAILED];
    v[METRIC_JOBS_CANCELLED] = jobs.jobs[JOB_CANCELLED];
    v[METRIC_JOB_RETRIES] = jobs.retries;
    v[METRIC_WORKERS_STARTED] = jobs.workers_started;
    v[METRIC_WORKERS_KILLED] = jobs.workers_killed;
    v[METRIC_WORKERS_ADOPTED] = jobs.adopted;
    v[METRIC_WORKER_LINES] = jobs.lines;
    v[METRIC_WORKER_LINES_BROKEN] = jobs.broken_lines;
    v[METRIC_DATABASE_COMMITS] = jobs.commits;
    v[METRIC_JOBS_PRUNED] = jobs.pruned;
    v[METRIC_MODEL_DRIFTS] = jobs.drifts;
}

void facts_metrics(struct exchange *x)
{
    take_hub_figures(x->server);
    take_loop_figures(x->server);
    take_job_figures(x->server);
    x->reply.code = 200;
    x->reply.type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&x->server->metrics, &x->reply.body);
    exchange_answer(x);
}
