// SPDX-License-Identifier: GPL-3.0-or-later
// tracker.h — turns a worker's reports into an honest fraction, an ETA and a phase.
//
// Data flow: job/feed applies parsed worker events (it does the bookkeeping by attempt and
// sequence number) → tracker → struct snapshot → CLI bar, server broadcast, replay.
//
// Pure: no I/O, clock, allocation or locks. Time comes in as an argument, so a recorded
// trace replays to the same output anywhere.
//
// Units:   *_ns is int64_t nanoseconds on one monotonic clock of the receiver; counts are
//          in phase_info(phase)->unit; fractions are double in [0, 1].
// Threads: a struct tracker belongs to one thread; struct snapshot is a plain value.
// Size:    at most 4 KB, in the caller's storage; there is nothing to release.
// Errors:  none at run time. Late, repeated or too large reports are normal and clamped;
//          time that runs backwards is treated as no time passing.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "progress/display.h"
#include "progress/pace.h"
#include "progress/phase.h"
#include "progress/plan.h"
#include "progress/prior.h"
#include "progress/record.h"
#include "progress/spoken.h"

enum snapshot_source { SOURCE_SIMULATED, SOURCE_MODEL, SOURCE_COUNTS, SOURCE_COUNT };
enum health { HEALTH_OK, HEALTH_SLOW, HEALTH_STALLED, HEALTH_UNKNOWN, HEALTH_COUNT };
enum phase_state { PHASE_ABSENT, PHASE_PENDING, PHASE_RUNNING, PHASE_DONE, PHASE_STATE_COUNT };

struct phase_view {
    enum phase_state state;
    bool has_total;
    uint64_t done_units;
    uint64_t total_units; // meaningless unless has_total
    bool has_fraction;    // of this phase, by its (cost-weighted) units
    double fraction;
    int64_t wall_ns; // since its begin, or from begin to end
};

// What a viewer sees. `fraction` never goes down during a job.
struct snapshot {
    enum export_type type;
    enum phase phase; // the one to talk about: it limits the job, or did a moment ago (spoken.h)
    struct phase_view phases[PHASE_COUNT];
    double fraction; // of the whole job, by expected time; 1 only after a complete outcome
    double speed;    // fraction per second, for coasting between snapshots
    bool has_eta;    // false until history or evidence allows one
    int64_t eta_ns;  // median time left; these three meaningless unless has_eta
    int64_t eta_low_ns;
    int64_t eta_high_ns;
    int64_t elapsed_ns;      // since submit
    double units_per_second; // of `phase`, recent; 0 when unknown
    enum snapshot_source source;
    enum health health;
    uint32_t item, items; // of `phase`, counted from 1; 0 when it has none
    uint32_t attempt;     // from 1
    bool ended;           // nothing will change any more; a complete job glides to 1 first
    enum outcome outcome; // meaningless unless ended
};

// One progress report, as the worker's line says it.
struct report {
    enum phase phase;
    uint64_t done_units;
    bool has_total;
    uint64_t total_units;
    uint32_t item, items;             // 0 when not said
    char cost_class[PLAN_CLASS_NAME]; // "" when not said: then done_units counts all classes;
                                      // otherwise it counts this class alone
};

enum { TRACKER_CLASSES = 8, TRACKER_GLIDE_NS = 400000000 };

// Units of one cost class in one phase.
struct tracker_class {
    char name[PLAN_CLASS_NAME];
    uint64_t total_units, done_units;
    float timed_s, timed_units; // seconds between counts of this class alone
    uint8_t phase;
};

struct tracker_phase {
    uint8_t state; // enum phase_state
    bool has_total;
    bool settled; // all its units are done, or it ended
    uint32_t item, items;
    uint64_t done_units, total_units;
    int64_t begin_ns, end_ns;
    float memory_s; // an earlier attempt's pace, seconds for the whole; 0: none
    float lag;      // units of the phase before that were done at its first own; 0: not seen
    float
        pace_s[PACE_CHECKS]; // seconds for the whole by its pace at these shares; 0: not there yet
    struct pace pace;
};

// One job. The members are the tracker's own: read a snapshot instead.
struct tracker {
    enum export_type type;
    enum outcome outcome;
    bool simulated; // no prior was given
    bool heard;     // a worker has spoken in this attempt
    bool lost, finished;
    bool frames_told;   // by the worker
    float frames_guess; // of the output, as told at submit; 0: not told
    uint8_t class_count;
    uint32_t attempt;
    int64_t start_ns, now_ns;
    int64_t lost_ns, finish_ns;
    int64_t sent_ns;        // when all bytes of the upload but the last had counted; 0: not yet
    int64_t display_ns;     // when the display last moved
    double finish_fraction; // shown when it finished
    double eta_whole_s;     // elapsed and left, as shown; 0: not yet
    struct display display;
    struct spoken spoken;
    struct features features;
    struct prior prior; // .present: the phases of this job, as far as it is known
    struct tracker_phase phases[PHASE_COUNT];
    struct tracker_class classes[TRACKER_CLASSES];
    struct record_check checks[RECORD_CHECKS];
};
_Static_assert(sizeof(struct tracker) <= 4096, "a job costs at most 4 KB");

// Starts a job at submit time. `prior` is copied; NULL when nothing is known of such jobs: then
// progress is simulated until counts come. `features` may be all-missing.
void tracker_init(struct tracker *t, enum export_type type, const struct prior *prior,
                  const struct features *features, int64_t now_ns);
// The bar goes on from where it stood before a restart of this program; what was told between
// tracker_init() and this moves it no further.
void tracker_restore(struct tracker *t, double fraction, int64_t elapsed_ns, int64_t now_ns);
// How long the line still is in which it waits (PHASE_QUEUE), median and spread of its logarithm,
// as whoever knows the line forecasts it now.
void tracker_wait(struct tracker *t, double median_s, double sigma, int64_t now_ns);
// Its worker lives but does not speak: progress is simulated until it does, from what jobs like
// this take; where no history knows any, at 1.0 s a frame. Nothing happens where history knows
// starts of that length: say it again later.
void tracker_mute(struct tracker *t, int64_t now_ns);
// A new attempt of the same job: counts start again, the shown fraction does not fall.
void tracker_attempt(struct tracker *t, uint32_t attempt, int64_t now_ns);
// The worker said hello: what it knows replaces what was guessed at submit (missing fields keep).
void tracker_hello(struct tracker *t, const struct features *known, int64_t now_ns);
// A better prior, now that more is known (the device, say): what was counted stays.
void tracker_prior(struct tracker *t, const struct prior *prior, int64_t now_ns);
// What the worker will do; may come again, corrected.
void tracker_plan(struct tracker *t, const struct plan *plan, int64_t now_ns);
// A phase begins or ends. QUEUE, STARTUP and FINALIZE are told by the receiver itself.
void tracker_begin(struct tracker *t, enum phase phase, int64_t now_ns);
void tracker_end(struct tracker *t, enum phase phase, uint64_t done_units, int64_t now_ns);
// Report the absolute amount done in a phase. Idempotent; smaller is ignored.
void tracker_report(struct tracker *t, const struct report *report, int64_t now_ns);
// Any sign of life.
void tracker_alive(struct tracker *t, int64_t now_ns);
// The stream of reports broke: health is UNKNOWN and progress simulated until a report comes.
void tracker_lost(struct tracker *t, int64_t now_ns);
// The job's end, confirmed by whoever verified it. Only OUTCOME_COMPLETE leads to 1: the bar
// glides there within TRACKER_GLIDE_NS, and `ended` is true from then on (a caller that does not
// want the glide asks for the snapshot of that time). After the other outcomes the fraction
// stays and `ended` is true at once. Later events change nothing.
void tracker_finish(struct tracker *t, enum outcome outcome, int64_t now_ns);
// Brings the display to now_ns and tells what to show. Call it at 2 to 20 Hz; the display moves
// only here, by the law of display.h.
void tracker_snapshot(struct tracker *t, int64_t now_ns, struct snapshot *ret);
// What is known of the job so far, as it was told.
const struct features *tracker_features(const struct tracker *t);
// What the tracker itself can say about a finished job: sizes, times as they were heard, how far it
// was from the truth. Missing are at_ms and what only the worker knows: busy_s and by_worker.
void tracker_record(const struct tracker *t, struct record *ret);
