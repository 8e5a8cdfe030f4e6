// SPDX-License-Identifier: GPL-3.0-or-later
// relay.c — see relay.h.
#include "job/relay.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "job/snapshot_json.h"
#include "progress/message.h"

const double relay_cuts_s[RELAY_CUTS] = {1, 10, 60};

// ---- what a viewer must know ----

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    return hash ^ hash >> 29;
}

// Of all that makes a state correct.
static uint64_t digest(const struct job_snapshot *s)
{
    uint64_t hash = mix(s->progress.attempt, s->state);
    hash = mix(hash, s->progress.health == HEALTH_UNKNOWN);
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct phase_view *view = &s->progress.phases[k];
        hash = mix(hash, view->state);
        hash = mix(hash, view->done_units);
        hash = mix(hash, view->has_total ? view->total_units : UINT64_MAX);
    }
    return hash;
}

// ---- server and viewer ----

struct viewer {
    const struct trace *trace;
    struct job_snapshot now;   // the server's newest
    struct job_snapshot shown; // what the server knows to have been sent
    struct job_snapshot known; // what the viewer has read
    bool joined;
    struct relay *tally;
};

static const enum job_state ends[OUTCOME_COUNT] = {
    [OUTCOME_COMPLETE] = JOB_COMPLETE,
    [OUTCOME_FAILED] = JOB_FAILED,
    [OUTCOME_CANCELLED] = JOB_CANCELLED,
};

static void update(struct viewer *v, const struct replay_sample *at)
{
    const struct snapshot *s = at->now;
    (void)text_copy(v->now.job, sizeof(v->now.job), v->trace->submit.id);
    v->now.seq++;
    v->now.state = at->told ? ends[v->trace->outcome] : JOB_RUNNING;
    v->now.progress = *s;
    (void)message_phase(v->now.message, sizeof(v->now.message), s, NULL);
    (void)message_eta(v->now.eta_text, sizeof(v->now.eta_text), s);
}

// The server's newest goes to the viewer. What a viewer of ours cannot read is a bug of ours.
static void send(struct viewer *v)
{
    struct buffer text BUFFER_AUTO;
    struct error err;
    double before = v->known.progress.fraction;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    if (!v->joined || snapshot_json_needs_full(&v->shown, &v->now)) {
        snapshot_json_full(&v->now, &text);
        v->shown = v->now;
    } else {
        v->tally->message_bytes += (double)snapshot_json_short(&v->shown, &v->now, &text);
        v->tally->messages++;
    }
    enum status status = snapshot_json_apply(&v->known, text.data, text.size, &err);
    assert(status == OK);
    v->tally->falls += v->joined && v->known.progress.fraction < before;
    v->joined = true;
}

// ---- without a cut ----

struct step {
    int64_t t_ns;
    uint64_t digest;
};

struct relay_watch {
    struct relay *ret;
    struct viewer viewer; // that sees all
    struct step *steps;   // what was true
    size_t count, room;
    int64_t cut_ns;        // when lines break
    struct replay *at_cut; // as it was then
    struct viewer viewer_at_cut;
    struct viewer away[RELAY_CUTS]; // until their line is back
    bool back[RELAY_CUTS];          // and they are right
    struct relay apart;             // what those count who are cut off
};

struct relay_watch *relay_watch_new(const struct trace *trace, double moment, struct relay *ret)
{
    assert(trace->ended && moment > 0 && moment < 1);
    struct relay_watch *w = mem_new(struct relay_watch);
    *ret = (struct relay){.known = true};
    w->ret = ret;
    w->viewer = (struct viewer){.trace = trace, .tally = ret};
    w->cut_ns = (int64_t)(moment * (double)trace->end_ns) / REPLAY_STEP_NS * REPLAY_STEP_NS;
    return w;
}

void relay_watch_free(struct relay_watch *w)
{
    if (!w)
        return;
    replay_free(w->at_cut);
    free(w->steps);
    free(w);
}

static void keep(struct relay_watch *w, int64_t t_ns)
{
    if (w->count == w->room) {
        w->room = w->room > 0 ? 2 * w->room : 256;
        w->steps = mem_resize(w->steps, w->room, sizeof(w->steps[0]));
    }
    w->steps[w->count++] = (struct step){t_ns, digest(&w->viewer.now)};
}

static int64_t back_ns(const struct relay_watch *w, int cut)
{
    return w->cut_ns + (int64_t)(relay_cuts_s[cut] * 1e9);
}

static void note(struct relay *ret, int cut, int64_t late_ns)
{
    ret->recovery_s[cut] = fmax(ret->recovery_s[cut], (double)late_ns * 1e-9);
}

// ---- the second line: the server goes on, a viewer is away ----

static void leave(struct relay_watch *w)
{
    for (int i = 0; i < RELAY_CUTS; i++) {
        w->away[i] = w->viewer;
        w->away[i].joined = false;
        w->away[i].tally = &w->apart;
    }
}

static void come_back(struct relay_watch *w, int64_t t_ns)
{
    for (int i = 0; i < RELAY_CUTS; i++) {
        struct viewer *v = &w->away[i];
        if (w->back[i] || t_ns < back_ns(w, i))
            continue;
        v->now = w->viewer.now;
        send(v);
        w->back[i] = digest(&v->known) == digest(&v->now);
        if (w->back[i])
            note(w->ret, i, t_ns - back_ns(w, i));
    }
}

bool relay_watch_next(struct relay_watch *w, struct replay *replay, struct replay_sample *ret)
{
    if (!w->at_cut && (int64_t)w->count * REPLAY_STEP_NS >= w->cut_ns) {
        w->at_cut = replay_copy(replay);
        w->viewer_at_cut = w->viewer;
        leave(w);
    }
    if (!replay_next(replay, ret))
        return false;
    update(&w->viewer, ret);
    send(&w->viewer);
    keep(w, ret->t_ns);
    if (w->at_cut)
        come_back(w, ret->t_ns);
    return true;
}

// ---- the first line: what the worker says comes late ----

// What was true at that time; of two steps at the same time the later one.
static uint64_t truth_at(const struct relay_watch *w, int64_t t_ns)
{
    size_t i = (size_t)(t_ns / REPLAY_STEP_NS);
    i = i < w->count ? i : w->count - 1;
    while (i > 0 && w->steps[i].t_ns > t_ns)
        i--;
    while (i + 1 < w->count && w->steps[i + 1].t_ns <= t_ns)
        i++;
    return w->steps[i].digest;
}

// From the moment when the viewer is right it is sent what all are sent, so whether it hears of the
// end is a question only where the cut covers that.
static void listen_late(struct relay_watch *w, int cut)
{
    struct replay *replay AUTO(replay_free) = replay_copy(w->at_cut);
    struct viewer v = w->viewer_at_cut;
    struct replay_sample at = {0};
    bool right = false;
    v.tally = &w->apart;
    replay_cut(replay, back_ns(w, cut));
    while (!right && replay_next(replay, &at)) {
        update(&v, &at);
        send(&v);
        right = at.t_ns >= back_ns(w, cut) && digest(&v.known) == truth_at(w, at.t_ns);
    }
    note(w->ret, cut, at.t_ns - back_ns(w, cut)); // if not before, it is over with the job
    w->ret->lost += !right && !job_state_terminal(v.known.state);
}

void relay_watch_end(struct relay_watch *w)
{
    struct relay *ret = w->ret;
    if (ret->messages > 0)
        ret->message_bytes /= ret->messages;
    for (int i = 0; i < RELAY_CUTS; i++) {
        come_back(w, back_ns(w, i)); // who was away beyond the end
        ret->lost += !job_state_terminal(w->away[i].known.state) && !w->back[i];
        listen_late(w, i);
    }
    ret->falls += w->apart.falls;
}

// ---- all of it ----

enum status relay_look(const struct trace *trace, const struct model *model, double idle_s,
                       double moment, struct relay *ret, struct error *err)
{
    struct replay *replay AUTO(replay_free) = NULL;
    struct replay_sample at;
    const struct replay_options options = {
        .model = model, .every_ns = REPLAY_STEP_NS, .idle_s = idle_s};
    enum status status = replay_new(trace, &options, &replay, err);
    if (status != OK)
        return status;
    struct relay_watch *watch AUTO(relay_watch_free) = relay_watch_new(trace, moment, ret);
    while (relay_watch_next(watch, replay, &at)) {
    }
    relay_watch_end(watch);
    return OK;
}
