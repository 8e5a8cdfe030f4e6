// SPDX-License-Identifier: GPL-3.0-or-later
// oracle.c — see oracle.h.
#include "oracle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// What does not fit what was seen is thrown anew, but not for ever: then it ends now.
enum { MAX_TRIES = 10000, MAX_WORLDS = 200 };

// What has been seen of a job at a time.
struct seen {
    double t_s;
    int attempt;                       // that runs, or is about to
    bool plan;                         // it has told the sizes
    bool fault;                        // it has begun
    bool begun[MADE_MAX_STAGES];       // a block is being done
    int done[MADE_MAX_STAGES];         // blocks
    double elapsed_s[MADE_MAX_STAGES]; // of the one that is being done
};

struct oracle {
    const struct made_job *truth;
    struct made_job world; // what may be instead
    struct rng rng;
    unsigned facts;
    int throws;
    double *totals_s;  // of each throw
    struct luck *luck; // of each throw, each stage, each block, for all times
};

struct oracle *oracle_new(const struct made_job *truth, int throws, uint64_t seed)
{
    struct oracle *o = mem_new(struct oracle);
    assert(throws > 0 && made_job_completes(truth));
    o->truth = truth;
    o->rng = (struct rng){seed};
    o->throws = throws;
    o->totals_s = mem_zeroed((size_t)throws, sizeof(o->totals_s[0]));
    size_t blocks = (size_t)truth->stage_count * (size_t)truth->blocks;
    o->luck = mem_zeroed((size_t)throws * blocks, sizeof(o->luck[0]));
    struct luck *next = o->luck;
    for (int n = 0; n < throws; n++) {
        for (int k = 0; k < truth->stage_count; k++) {
            for (int i = 0; i < truth->blocks; i++)
                *next++ = throw_luck(&o->rng, &truth->stages[k]);
        }
    }
    return o;
}

void oracle_free(struct oracle *o)
{
    if (!o)
        return;
    free(o->totals_s);
    free(o->luck);
    free(o);
}

static const struct luck *luck_of(const struct oracle *o, int number, int k)
{
    return &o->luck[(size_t)(number * o->truth->stage_count + k) * (size_t)o->truth->blocks];
}

static bool knows(const struct oracle *o, enum oracle_fact fact)
{
    return o->facts >> fact & 1;
}

// ---- what has been seen ----

// The worker's own time, which stands still while it hangs.
static double own_time(const struct made_job *job, const struct attempt *a, double t_s)
{
    double stood_s = fmin(fmax(t_s - a->hang_s, 0), job->hang_for_s);
    return t_s > a->hang_s ? t_s - stood_s : t_s;
}

static void look_at_stage(const struct made_job *job, int number, double t_s, int k,
                          struct seen *seen)
{
    const struct stage *s = &job->stages[k];
    const struct attempt *a = &job->attempts[number];
    const double *done = s->done[number];
    double own_s = own_time(job, a, t_s);
    int count = 0;
    while (count < job->blocks && done[count] <= t_s)
        count++;
    if (count < seen->done[k]) // done by the attempt before, at the same cost
        return;
    bool same = count == seen->done[k] && seen->begun[k];
    double elapsed_s = same ? seen->elapsed_s[k] : -1;
    if (count < job->blocks)
        elapsed_s = fmax(elapsed_s, own_s - (own_time(job, a, done[count]) - s->cost[count]));
    seen->done[k] = count;
    seen->begun[k] = elapsed_s >= 0;
    seen->elapsed_s[k] = elapsed_s;
}

// Does the fault of this world slow a block that has been begun?
static bool slows_what_is_begun(const struct made_job *job, const struct seen *seen)
{
    for (int k = 0; k < job->stage_count; k++) {
        int newest = seen->done[k] - !seen->begun[k];
        if (newest >= 0 && block_is_slowed(job, &job->stages[k], newest))
            return true;
    }
    return false;
}

// When the fault of a job that has been run begins, unless it slows blocks.
static double fault_begins_s(const struct made_job *job)
{
    const struct attempt *a = &job->attempts[0];
    switch (job->fault) {
    case FAULT_RETRIED:
        return a->until_s;
    case FAULT_HUNG:
        return a->hang_s;
    case FAULT_CUT:
        return a->lost_s;
    default:
        return HUGE_VAL;
    }
}

static void look(const struct made_job *job, double t_s, struct seen *seen)
{
    *seen = (struct seen){.t_s = t_s};
    seen->plan = t_s >= job->attempts[0].hello_s + 0.02;
    seen->attempt = job->attempt_count > 1 && t_s >= job->attempts[0].until_s;
    for (int n = 0; n <= seen->attempt; n++) {
        double until_s = fmin(t_s, job->attempts[n].until_s);
        for (int k = 0; k < job->stage_count && t_s >= job->attempts[n].hello_s; k++)
            look_at_stage(job, n, until_s, k, seen);
    }
    seen->fault = t_s >= fault_begins_s(job) || slows_what_is_begun(job, seen);
}

// ---- lengths ----

enum length {
    LENGTH_QUEUE,
    LENGTH_STARTUP,
    LENGTH_INIT,
    LENGTH_FINALIZE,
    LENGTH_HANG,
    LENGTH_CUT,
    LENGTH_GAP
};

static double throw_length(struct rng *rng, enum length length, bool cold)
{
    switch (length) {
    case LENGTH_QUEUE:
        return throw_queue_s(rng);
    case LENGTH_STARTUP:
        return throw_startup_s(rng, cold);
    case LENGTH_INIT:
        return throw_init_s(rng, cold);
    case LENGTH_FINALIZE:
        return throw_finalize_s(rng);
    case LENGTH_HANG:
        return throw_hang_for_s(rng);
    case LENGTH_CUT:
        return throw_cut_for_s(rng);
    default:
        return throw_gap_s(rng);
    }
}

// A length that began at from_s, anew, unless it is over by now: it lasts longer than it has.
static void throw_longer(struct oracle *o, enum length length, bool cold, double from_s, double t_s,
                         double *length_s)
{
    double elapsed_s = t_s - from_s;
    if (elapsed_s >= *length_s)
        return;
    for (int i = 0; i < MAX_TRIES; i++) {
        *length_s = throw_length(&o->rng, length, cold);
        if (*length_s > elapsed_s)
            return;
    }
    *length_s = elapsed_s;
}

static void throw_waits_left(struct oracle *o, int number, double t_s)
{
    const struct made_job *truth = o->truth;
    const struct attempt *a = &truth->attempts[number];
    struct waits *w = &o->world.waits[number];
    *w = truth->waits[number];
    if (!knows(o, FACT_STARTUP) && number == 0 && w->queue_s > 0)
        throw_longer(o, LENGTH_QUEUE, w->cold, 0, t_s, &w->queue_s);
    if (!knows(o, FACT_STARTUP))
        throw_longer(o, LENGTH_STARTUP, w->cold, a->begin_s, t_s, &w->startup_s);
    if (!knows(o, FACT_INIT))
        throw_longer(o, LENGTH_INIT, w->cold, a->work_s - w->init_s, t_s, &w->init_s);
    if (!knows(o, FACT_FINALIZE))
        throw_longer(o, LENGTH_FINALIZE, w->cold, truth->finalize_at_s, t_s, &w->finalize_s);
}

// ---- faults ----

// One that has not begun: another fault, or none.
static void throw_fault_ahead(struct oracle *o, const struct seen *seen)
{
    struct made_job *world = &o->world;
    do {
        world->fault = throw_fault(&o->rng);
        world->fault_at = throw_fault_at(&o->rng);
    } while (world->fault == FAULT_FAILED || slows_what_is_begun(world, seen));
    world->attempt_count = world->fault == FAULT_RETRIED ? 2 : 1;
    if (world->fault == FAULT_RETRIED)
        throw_waits(&o->rng, world->idle_s, &world->waits[1]);
    world->gap_s = throw_gap_s(&o->rng);
    world->hang_for_s = throw_hang_for_s(&o->rng);
    world->cut_for_s = throw_cut_for_s(&o->rng);
}

// One that has: how long it lasts.
static void throw_fault_left(struct oracle *o, double t_s)
{
    const struct made_job *truth = o->truth;
    const struct attempt *a = &truth->attempts[0];
    struct made_job *world = &o->world;
    world->hang_for_s = truth->hang_for_s;
    world->cut_for_s = truth->cut_for_s;
    world->gap_s = truth->gap_s;
    if (truth->fault == FAULT_HUNG)
        throw_longer(o, LENGTH_HANG, false, a->hang_s, t_s, &world->hang_for_s);
    if (truth->fault == FAULT_CUT)
        throw_longer(o, LENGTH_CUT, false, a->lost_s, t_s, &world->cut_for_s);
    if (truth->fault == FAULT_RETRIED)
        throw_longer(o, LENGTH_GAP, false, a->until_s + 0.01, t_s, &world->gap_s);
}

static void throw_what_goes_wrong(struct oracle *o, const struct seen *seen)
{
    if (!knows(o, FACT_FAULTS) && seen->fault)
        throw_fault_left(o, seen->t_s);
    else if (!knows(o, FACT_FAULTS))
        throw_fault_ahead(o, seen);
    throw_waits_left(o, seen->attempt, seen->t_s);
    if (knows(o, FACT_FAULTS) && seen->attempt + 1 < o->truth->attempt_count)
        throw_waits_left(o, seen->attempt + 1, seen->t_s);
}

// ---- stages ----

// The mean of a normal variable of which noisy values have been seen, and what is left of its
// spread: Bayes' rule.
static double throw_state(struct oracle *o, const struct seen *seen, bool bytes)
{
    double sd = bytes ? made_network_sd : made_load_sd;
    double noise_sd = bytes ? made_net_pace_sd : made_frame_pace_sd;
    double weight = 1 / (sd * sd);
    double sum = weight * (bytes ? o->truth->usual_network : o->truth->usual_load);
    for (int k = 0; k < o->truth->stage_count; k++) {
        const struct stage *s = &o->truth->stages[k];
        if (s->work.bytes != bytes || seen->done[k] == 0)
            continue;
        weight += 1 / (noise_sd * noise_sd);
        sum += s->pace / (noise_sd * noise_sd);
    }
    return sum / weight + normal(&o->rng) / sqrt(weight);
}

// Before the plan: what the submit leaves open, and all that hangs on it.
static void throw_sizes_ahead(struct oracle *o)
{
    struct made_job *world = &o->world;
    double frames = made_job_guessed_frames(o->truth);
    world->blocks = world->has_end ? o->truth->blocks : throw_blocks(&o->rng, world->type);
    for (int i = 0; i < MAX_TRIES && world->has_end; i++) {
        int blocks = (int)lround(frames * throw_rate(&o->rng) / 30);
        if (!blocks_are_possible(world->type, blocks))
            continue;
        world->blocks = blocks;
        break;
    }
    if (!made_job_enlarges(world))
        world->pixels_out = throw_pixels_out(&o->rng);
    world->bytes_in = throw_bytes_in(&o->rng);
    world->bytes_out = throw_bytes_out(&o->rng, world);
    world->inside = throw_inside(&o->rng);
    throw_stages(&o->rng, world);
}

// What is told beforehand of stages that were thrown with other sizes.
static void tell_facts(struct oracle *o)
{
    struct made_job *world = &o->world;
    for (int k = 0; k < world->stage_count; k++) {
        struct stage *s = &world->stages[k];
        const struct stage *true_s = &o->truth->stages[k];
        size_t count = (size_t)(world->blocks < o->truth->blocks ? world->blocks
                                                                 : o->truth->blocks);
        if (knows(o, s->work.bytes ? FACT_NET : FACT_FRAMES)) {
            s->pace = true_s->pace;
            s->heat = true_s->heat;
            s->first = true_s->first;
            s->speed = true_s->speed;
            s->after = s->work.bytes ? true_s->after : s->after;
        }
        if (knows(o, FACT_LUCK)) {
            memcpy(s->drift, true_s->drift, count * sizeof(s->drift[0]));
            memcpy(s->tail, true_s->tail, count * sizeof(s->tail[0]));
        }
        stage_cost(world, s, 0, world->blocks);
    }
}

// The block that is being done, anew; false when it costs less than it has taken, and the pace that
// says so is anew, too.
static bool throw_begun_block(struct oracle *o, const struct seen *seen, int k)
{
    struct stage *s = &o->world.stages[k];
    int i = seen->done[k];
    int tries = i > 0 && !knows(o, FACT_LUCK) ? MAX_TRIES : 1;
    for (int n = 0; n < tries; n++) {
        struct luck luck = throw_luck(&o->rng, s);
        if (!knows(o, FACT_LUCK))
            stage_luck(s, i, &luck);
        stage_cost(&o->world, s, i, i + 1);
        if (s->cost[i] > seen->elapsed_s[k])
            return true;
    }
    s->cost[i] = seen->elapsed_s[k];
    return i > 0;
}

static void throw_stage_ahead(struct oracle *o, const struct seen *seen, int k)
{
    struct made_job *world = &o->world;
    struct stage *s = &world->stages[k];
    bool upload = s->work.phase == PHASE_UPLOAD;
    if (upload && !knows(o, FACT_SIZES)) {
        world->bytes_out = throw_bytes_out(&o->rng, world);
        s->work.units = world->bytes_out;
    }
    if (upload && !knows(o, FACT_NET) && seen->done[k - 1] == 0)
        s->after = throw_upload_after(&o->rng, world);
    if (!knows(o, s->work.bytes ? FACT_NET : FACT_FRAMES))
        throw_pace(&o->rng, world, s);
}

static void throw_stages_ahead(struct oracle *o, const struct seen *seen, int number)
{
    struct made_job *world = &o->world;
    bool fits = false;
    for (int i = 0; i < MAX_TRIES && !fits; i++) {
        fits = true;
        if (!knows(o, FACT_STATE)) {
            world->load = throw_state(o, seen, false);
            world->network = throw_state(o, seen, true);
        }
        for (int k = 0; k < world->stage_count; k++) {
            if (seen->done[k] == 0)
                throw_stage_ahead(o, seen, k);
            if (seen->begun[k])
                fits &= throw_begun_block(o, seen, k);
        }
    }
    for (int k = 0; k < world->stage_count; k++) {
        struct stage *s = &world->stages[k];
        int next = seen->done[k] + seen->begun[k];
        const struct luck *luck = luck_of(o, number, k);
        for (int i = next; i < world->blocks && !knows(o, FACT_LUCK); i++)
            stage_luck(s, i, &luck[i]);
        stage_cost(world, s, next, world->blocks);
    }
}

// ---- a world ----

static void throw_world(struct oracle *o, const struct seen *seen, int number)
{
    throw_what_goes_wrong(o, seen);
    if (seen->plan || knows(o, FACT_SIZES)) {
        throw_stages_ahead(o, seen, number);
        return;
    }
    if (!knows(o, FACT_STATE)) {
        o->world.load = throw_state(o, seen, false);
        o->world.network = throw_state(o, seen, true);
    }
    throw_sizes_ahead(o);
    tell_facts(o);
}

// Its end, where the fault has begun: when it did is no longer open.
static double run_on(struct oracle *o, const struct seen *seen)
{
    const struct attempt *a = &o->truth->attempts[0];
    struct made_job *world = &o->world;
    enum fault fault = world->fault;
    double stands_s = fault == FAULT_HUNG ? world->hang_for_s : 0;
    if (seen->attempt > 0) {
        made_job_run_attempt(world, 1, made_job_retry_s(world) + 0.1);
        made_job_finish(world);
        return world->total_s;
    }
    if (fault == FAULT_HUNG || fault == FAULT_CUT)
        world->fault = FAULT_NONE;
    made_job_run(world);
    if (fault == FAULT_CUT) {
        world->attempts[0].lost_until_s = a->lost_s + world->cut_for_s;
        made_job_finish(world);
    }
    world->fault = fault;
    return world->total_s + stands_s;
}

static double throw_total(struct oracle *o, const struct seen *seen, int number)
{
    for (int i = 0; i < MAX_WORLDS; i++) {
        throw_world(o, seen, number);
        if (seen->fault)
            return run_on(o, seen);
        made_job_run(&o->world);
        if (fault_begins_s(&o->world) > seen->t_s)
            break;
    }
    return o->world.total_s;
}

static int by_length(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

double oracle_shows(struct oracle *o, unsigned facts, int throws, double t_s)
{
    struct seen seen;
    double all = 0;
    double below = 0;
    int i = 0;
    assert(throws > 0 && throws <= o->throws);
    look(o->truth, t_s, &seen);
    o->world = *o->truth;
    o->facts = facts;
    for (int n = 0; n < throws; n++) {
        o->totals_s[n] = fmax(throw_total(o, &seen, n), t_s);
        all += 1 / o->totals_s[n];
    }
    qsort(o->totals_s, (size_t)throws, sizeof(o->totals_s[0]), by_length);
    while (i + 1 < throws && below + 1 / o->totals_s[i] < all / 2)
        below += 1 / o->totals_s[i++];
    return t_s / o->totals_s[i];
}
