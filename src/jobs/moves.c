// SPDX-License-Identifier: GPL-3.0-or-later
// moves.c — the one way from state to state, and from there to the viewers.
//
// State before word: what the job will look like is worked out on a copy of its tracker, written to
// the table, and only then becomes true in memory and is told.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "jobs/spool.h"
#include "jobs/supervisor_state.h"
#include "sys/clock.h"
#include "sys/log.h"

#define MS_NS INT64_C(1000000)

static const int64_t write_again_ns = 1000 * MS_NS; // after the table could not be written
static const int64_t quick_ns = 70 * MS_NS;         // between snapshots while there is news
static const int64_t slow_ns = 500 * MS_NS;         // without: the bar moves by itself
static const int64_t show_ns = 1000 * MS_NS;        // between what the table is told of a bar
static const int64_t still_ns = 10000 * MS_NS;      // far back in the line

// ---- ahead of the table ----

// A process that dies takes with it what it has shown since it last told the table. So the table is
// told how far the bar may come in a second, and none is shown beyond that.
static double ceiling_of(const struct live_job *j)
{
    static const double ahead_s = 1.2;
    const struct snapshot *p = &j->snapshot.progress;
    return p->ended ? p->fraction : fmin(p->fraction + p->speed * ahead_s, 1);
}

static void show(struct supervisor *s, struct live_job *const jobs[], size_t n, bool leave,
                 int64_t now_ns)
{
    struct job_view *views AUTO(mem_free) = mem_zeroed(n, sizeof(struct job_view));
    struct buffer *texts AUTO(mem_free) = mem_zeroed(n, sizeof(struct buffer));
    struct error err;
    for (size_t i = 0; i < n; i++) {
        const struct job_snapshot *snapshot = &jobs[i]->snapshot;
        buffer_init(&texts[i], SNAPSHOT_MAX_TEXT);
        snapshot_json_full(snapshot, &texts[i]);
        views[i] = (struct job_view){
            .number = jobs[i]->row.number,
            .view = buffer_string(&texts[i]),
            .ceiling = leave ? snapshot->progress.fraction : ceiling_of(jobs[i]),
        };
    }
    bool shown = jobs_show(s->jobs, views, n, &err) == OK;
    for (size_t i = 0; i < n; i++) {
        jobs[i]->shown_seq = shown ? jobs[i]->snapshot.seq : jobs[i]->shown_seq;
        jobs[i]->ceiling = views[i].ceiling;
        jobs[i]->shown_ns = now_ns;
        buffer_done(&texts[i]);
    }
    if (!shown)
        log_line(LOG_WARN, "where jobs stand was not noted: %s", err.text);
}

// ---- all of them ----

static unsigned bucket_of(const char *id)
{
    unsigned hash = 2166136261U; // FNV-1a
    for (const char *c = id; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    return hash % JOB_BUCKETS;
}

struct live_job *find_live(struct supervisor *s, const char *id)
{
    struct live_job *j = s->buckets[bucket_of(id)];
    while (j && strcmp(j->row.id, id) != 0)
        j = j->next_hash;
    return j;
}

void add_live(struct supervisor *s, struct live_job *j)
{
    struct live_job **bucket = &s->buckets[bucket_of(j->row.id)];
    struct live_job **link = &s->live;
    while (*link && (*link)->row.number < j->row.number)
        link = &(*link)->next;
    j->next = *link;
    *link = j;
    j->next_hash = *bucket;
    *bucket = j;
}

void remove_live(struct supervisor *s, struct live_job *j)
{
    struct live_job **link = &s->live;
    while (*link != j)
        link = &(*link)->next;
    *link = j->next;
    link = &s->buckets[bucket_of(j->row.id)];
    while (*link != j)
        link = &(*link)->next_hash;
    *link = j->next_hash;
    live_job_free(j);
}

// ---- moving ----

typedef void enter_fn(struct live_job *j, const struct step *step, int64_t now_ns);

static void enter_queued(struct live_job *j, const struct step *step, int64_t now_ns)
{
    (void)step;
    live_job_try(j, j->row.attempt + 1, now_ns);
}

static void enter_finalizing(struct live_job *j, const struct step *step, int64_t now_ns)
{
    (void)step;
    live_job_enter(j, PHASE_FINALIZE, now_ns);
}

static void enter_complete(struct live_job *j, const struct step *step, int64_t now_ns)
{
    (void)step;
    const struct event_result *result = &j->feed->result;
    struct snapshot_result *shown = &j->snapshot.result;
    j->snapshot.has_result = true;
    (void)text_copy(shown->output, sizeof(shown->output), j->output ? j->output : result->output);
    shown->bytes = result->bytes;
    shown->frames = result->frames;
    shown->duration_s = result->duration_s;
    (void)text_copy(shown->data, sizeof(shown->data), result->data);
    live_job_leave(j, PHASE_FINALIZE, now_ns);
    live_job_finish(j, OUTCOME_COMPLETE, now_ns);
}

static void tell_error(struct live_job *j, const struct error *error)
{
    struct snapshot_error *shown = &j->snapshot.error;
    j->snapshot.has_error = true;
    shown->code = error->status;
    shown->retryable = error->retryable;
    (void)text_copy(shown->text, sizeof(shown->text), error->text);
}

static void enter_failed(struct live_job *j, const struct step *step, int64_t now_ns)
{
    tell_error(j, step->error);
    live_job_finish(j, OUTCOME_FAILED, now_ns);
}

static void enter_cancelled(struct live_job *j, const struct step *step, int64_t now_ns)
{
    tell_error(j, step->error);
    live_job_finish(j, OUTCOME_CANCELLED, now_ns);
}

// What entering a state does to tracker and snapshot; NULL: nothing.
static enter_fn *const enter[] = {
    [JOB_QUEUED] = enter_queued,
    [JOB_STARTING] = NULL,
    [JOB_RUNNING] = NULL,
    [JOB_FINALIZING] = enter_finalizing,
    [JOB_COMPLETE] = enter_complete,
    [JOB_FAILED] = enter_failed,
    [JOB_CANCELLED] = enter_cancelled,
};
static_assert(sizeof(enter) / sizeof(enter[0]) == JOB_STATE_COUNT, "an entry per state");

// What the table keeps of a complete job is the bar at its end, not on its last glide.
static void write_view(const struct supervisor *s, struct live_job *j, int64_t now_ns,
                       struct buffer *out)
{
    struct tracker tracker = j->tracker;
    bool complete = j->row.state == JOB_COMPLETE;
    live_job_look(j, s->o.retry.max_attempts, now_ns + (complete ? TRACKER_GLIDE_NS : 0));
    snapshot_json_full(&j->snapshot, out);
    if (complete) {
        j->tracker = tracker;
        live_job_look(j, s->o.retry.max_attempts, now_ns);
    }
}

// The job as it will be, and as it was in case that it cannot be.
static bool write_move(struct supervisor *s, struct live_job *j, const struct step *step,
                       const struct job_row *was, int64_t now_ns)
{
    struct buffer view BUFFER_AUTO;
    struct error err = {0};
    struct job_row row = *was;
    buffer_init(&view, SNAPSHOT_MAX_TEXT);
    write_view(s, j, now_ns, &view);
    const struct job_move move = {
        .to = step->to,
        .view = buffer_string(&view),
        .ceiling = ceiling_of(j),
        .now_ms = clock_wall_ms(),
        .due_ms = step->due_ms,
        .start = step->start,
        .end = step->end,
    };
    enum status status = jobs_move(s->jobs, &row, &move, &err);
    if (status == OK) {
        j->row = row;
        j->ceiling = move.ceiling;
        return true;
    }
    log_line(LOG_ERROR, "job %s cannot become %s yet: %s", was->id, job_state_name(step->to),
             err.text);
    return false;
}

static void hand_over_trace(struct supervisor *s, struct live_job *j)
{
    if (j->trace.dropped)
        log_line(LOG_WARN, "job %s: its trace is longer than %d MiB, and is not recorded",
                 j->row.id, JOB_TRACE_MAX >> 20);
    else if (j->trace.wanted)
        s->o.on_trace(s->o.trace_context, j->trace.text.data, j->trace.text.size);
    job_trace_done(&j->trace);
}

bool move_job(struct supervisor *s, struct live_job *j, const struct step *step, int64_t now_ns)
{
    const struct job_row row = j->row;
    const struct tracker tracker = j->tracker;
    const struct job_snapshot snapshot = j->snapshot;
    const size_t traced = j->trace.text.size;
    if (enter[step->to])
        enter[step->to](j, step, now_ns);
    j->row.state = step->to;
    if (!write_move(s, j, step, &row, now_ns)) {
        j->row = row;
        j->tracker = tracker;
        j->snapshot = snapshot;
        job_trace_cut(&j->trace, traced);
        j->stuck_ns = now_ns + write_again_ns;
        return false;
    }
    j->stuck_ns = 0;
    j->shown_seq = j->snapshot.seq;
    j->shown_ns = now_ns;
    s->lineup_changed = true;
    if (job_state_terminal(step->to)) {
        s->stats.jobs[step->to]++;
        j->ended_ns = now_ns;
        spool_remove(s->spool_dir, j->row.id, j->row.attempt);
        hand_over_trace(s, j);
    }
    j->published_ns = now_ns;
    j->changed = false;
    s->stats.snapshots++;
    s->o.on_snapshot(s->o.context, j->row.user, &j->snapshot);
    return true;
}

// ---- telling ----

void publish(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    live_job_look(j, s->o.retry.max_attempts, now_ns);
    if (!j->ended_ns && j->snapshot.progress.fraction > j->ceiling)
        show(s, &j, 1, false, now_ns);
    j->published_ns = now_ns;
    j->changed = false;
    s->stats.snapshots++;
    s->o.on_snapshot(s->o.context, j->row.user, &j->snapshot);
}

static int64_t gap_ns(const struct live_job *j)
{
    enum { SEEN = 50 }; // so many in line are told each second how they get on
    if (j->ended_ns)
        return TRACKER_GLIDE_NS;
    if (j->row.state == JOB_QUEUED)
        return j->snapshot.queue_position > SEEN ? still_ns : show_ns;
    return j->changed ? quick_ns : slow_ns;
}

// Each job has its own second, so that no round writes them all.
static size_t jobs_to_show(struct live_job **from, bool leave, int64_t now_ns,
                           struct live_job *batch[], size_t max)
{
    size_t n = 0;
    struct live_job *j = *from;
    for (; j && n < max; j = j->next) {
        bool news = j->shown_seq != j->snapshot.seq && now_ns - j->shown_ns >= show_ns;
        if (!j->ended_ns && (leave || news))
            batch[n++] = j;
    }
    *from = j;
    return n;
}

void write_views(struct supervisor *s, bool leave, int64_t now_ns)
{
    enum { BATCH = 256 };
    struct live_job *batch[BATCH];
    for (struct live_job *from = s->live; from;) {
        size_t n = jobs_to_show(&from, leave, now_ns, batch, BATCH);
        if (n > 0)
            show(s, batch, n, leave, now_ns);
    }
}

void tell_viewers(struct supervisor *s, int64_t now_ns)
{
    struct live_job *next;
    for (struct live_job *j = s->live; j; j = next) {
        next = j->next;
        bool due = now_ns - j->published_ns >= gap_ns(j);
        if (due)
            publish(s, j, now_ns);
        if (due && j->ended_ns)
            remove_live(s, j);
    }
    write_views(s, false, now_ns);
}
