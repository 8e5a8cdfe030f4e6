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

static void leave(struct viewer *v)
{
    v->joined = false;
}

// ---- without a cut ----

struct truth_step {
    int64_t t_ns;
    uint64_t digest;
};

struct truth {
    struct viewer viewer;
    struct truth_step *steps;
    size_t count, room;
    struct replay *at_cut; // as it was at the moment, one step before
    struct viewer viewer_at_cut;
    int64_t cut_ns;
};

static void keep(struct truth *truth, int64_t t_ns)
{
    if (truth->count == truth->room) {
        truth->room = truth->room > 0 ? 2 * truth->room : 256;
        truth->steps = mem_resize(truth->steps, truth->room, sizeof(truth->steps[0]));
    }
    truth->steps[truth->count++] = (struct truth_step){t_ns, digest(&truth->viewer.now)};
}

static void look_on(struct truth *truth, struct replay *replay)
{
    struct replay_sample at;
    while (true) {
        if (!truth->at_cut && (int64_t)truth->count * REPLAY_STEP_NS >= truth->cut_ns) {
            truth->at_cut = replay_copy(replay);
            truth->viewer_at_cut = truth->viewer;
        }
        if (!replay_next(replay, &at))
            break;
        update(&truth->viewer, &at);
        send(&truth->viewer);
        keep(truth, at.t_ns);
    }
}

// What was true at that time; of two steps at the same time the later one.
static uint64_t truth_at(const struct truth *truth, int64_t t_ns)
{
    size_t i = (size_t)(t_ns / REPLAY_STEP_NS);
    i = i < truth->count ? i : truth->count - 1;
    while (i > 0 && truth->steps[i].t_ns > t_ns)
        i--;
    while (i + 1 < truth->count && truth->steps[i + 1].t_ns <= t_ns)
        i++;
    return truth->steps[i].digest;
}

// ---- with a cut ----

enum line { LINE_WORKER, LINE_VIEWER, LINE_COUNT };

// How long after the line was back the viewer was correct. From then on it is sent what all are
// sent, so whether it hears of the end is a question only where the cut covers that.
static double recover(const struct truth *truth, enum line line, int64_t to_ns, struct relay *ret)
{
    struct replay *replay AUTO(replay_free) = replay_copy(truth->at_cut);
    struct relay tally = {0};
    struct viewer v = truth->viewer_at_cut;
    struct replay_sample at = {0};
    double recovery_s = -1;
    int64_t t_ns = truth->cut_ns;
    v.tally = &tally;
    if (line == LINE_WORKER)
        replay_cut(replay, to_ns);
    else
        leave(&v);
    bool more = true;
    while (recovery_s < 0 && (more || t_ns <= to_ns)) {
        more = more && replay_next(replay, &at);
        t_ns = more ? at.t_ns : t_ns + REPLAY_STEP_NS; // a viewer may be away beyond the end
        if (more)
            update(&v, &at);
        if (line == LINE_WORKER || t_ns >= to_ns)
            send(&v);
        if (t_ns >= to_ns && digest(&v.known) == truth_at(truth, t_ns))
            recovery_s = (double)(t_ns - to_ns) * 1e-9;
    }
    ret->falls += tally.falls;
    ret->lost += recovery_s < 0; // it came to the end, and the viewer did not know
    return fmax(recovery_s, 0);
}

static void try_cuts(const struct truth *truth, struct relay *ret)
{
    for (int i = 0; i < RELAY_CUTS; i++) {
        int64_t to_ns = truth->cut_ns + (int64_t)(relay_cuts_s[i] * 1e9);
        for (int line = 0; line < LINE_COUNT; line++)
            ret->recovery_s[i] = fmax(ret->recovery_s[i],
                                      recover(truth, (enum line)line, to_ns, ret));
    }
}

enum status relay_look(const struct trace *trace, const struct model *model, double idle_s,
                       double moment, struct relay *ret, struct error *err)
{
    struct replay *replay AUTO(replay_free) = NULL;
    const struct replay_options options = {
        .model = model, .every_ns = REPLAY_STEP_NS, .idle_s = idle_s};
    enum status status = replay_new(trace, &options, &replay, err);
    if (status != OK)
        return status;
    assert(trace->ended && moment > 0 && moment < 1);
    *ret = (struct relay){.known = true};
    int64_t steps = (int64_t)(moment * (double)trace->end_ns) / REPLAY_STEP_NS;
    struct truth *truth AUTO(mem_free) = mem_new(struct truth);
    truth->cut_ns = steps * REPLAY_STEP_NS;
    truth->viewer = (struct viewer){.trace = trace, .tally = ret};
    look_on(truth, replay);
    if (ret->messages > 0)
        ret->message_bytes /= ret->messages;
    try_cuts(truth, ret);
    replay_free(truth->at_cut);
    free(truth->steps);
    return OK;
}
