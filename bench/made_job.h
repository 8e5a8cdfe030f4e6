// SPDX-License-Identifier: GPL-3.0-or-later
// made_job.h — the law of the generated jobs: how one comes to be, and when what of it is done.
//
// What the estimator believes (ln-normal phase times, linear in their regressors, one pace a phase)
// is what this avoids. Jobs are made block by block: frame times are Pareto with drift, grow with
// the frame's area to the power 1.15 and, on a machine that heats up, with the frames behind them;
// machines throttle in mid-run; networks begin slowly and change their rate; cold starts are a
// mixture with a long tail; workers die and are tried again, hang, or lose their connection. Some
// workers overlap their phases, some run one after the other. The deployment itself drifts from job
// to job and has two machines. Totals and cold starts lie in the range of those published elsewhere
// (a T4: 225 frames in 247 s cold, 187 in 158 s warm; 5 to 45 s to start cold).
//
// The dice and the run are apart. made_job_throw() throws every die of a job; what follows of them
// is arithmetic, made_job_run(). So whoever knows the law can throw some of the dice anew
// (oracle.h): the functions below "one die each" are those of which made_job_throw() is made.
//
// Units: seconds since the submit, bytes, pixels. Random numbers come from the `rng` that is handed
// in. Pure beside that; nothing can fail, nothing is allocated.
#pragma once

#include "chance.h"
#include "progress/phase.h"

enum { MADE_MAX_STAGES = 6, MADE_MAX_BLOCKS = 1200, MADE_MAX_ATTEMPTS = 2 };

// ---- the deployment ----

struct machine {
    const char *device, *engine;
    double frame_s;  // of a frame of 75,000 pixels
    double film_s;   // of an output frame of a megapixel, drawn or encoded
    double free_ms;  // when it had done the newest of its jobs
    bool one_by_one; // its worker runs its phases one after the other
};

struct deployment {
    struct rng rng;
    struct machine machines[2];
    double load, network; // ln, both wander from job to job
    double now_ms;        // of the newest submit
};

// A deployment that has had no job yet.
void deployment_init(struct deployment *home, uint64_t seed);

// How far load and network wander between two jobs, and how far the pace of a phase is from them.
extern const double made_load_sd, made_network_sd;
extern const double made_frame_pace_sd, made_net_pace_sd;

// ---- a job ----

enum fault {
    FAULT_NONE,
    FAULT_THROTTLED,
    FAULT_SLOWER_NET,
    FAULT_RETRIED,
    FAULT_CUT,
    FAULT_COARSE,
    FAULT_HUNG,
    FAULT_WRONG_SIZES,
    FAULT_FAILED,
    FAULT_COUNT
};

const char *fault_label(enum fault fault);

// The work of a phase, before any luck. A range whose ends are the same is no die.
struct work {
    enum phase phase;
    bool bytes;                   // over the network; else frames on the machine
    double units;                 // of all blocks
    double frame_s;               // of a frame
    double first_low, first_high; // the first frame takes so many times as long
    double speed_low, speed_high; // all of them take so many times as long
    double dear;                  // those inside a highlight take so many times as long
};

// The dice of one block.
struct luck {
    double step; // of the drift
    double tail;
};

// A phase: its work, in as many blocks as the job has.
struct stage {
    struct work work;
    bool after;          // begins when the stage before is through
    int lag;             // blocks that it needs ahead of its own from the stage before
    double pace;         // ln: of the rate of bytes, or of the time of a frame
    double heat;         // how much longer a frame takes for 300 before it
    double first, speed; // within their ranges
    double drift[MADE_MAX_BLOCKS], tail[MADE_MAX_BLOCKS];
    double cost[MADE_MAX_BLOCKS];                    // seconds, by all of the above
    double done[MADE_MAX_ATTEMPTS][MADE_MAX_BLOCKS]; // when, by the run
};

// What an attempt waits for. The queue counts for the first, the end for the last.
struct waits {
    bool cold;
    double queue_s, startup_s, init_s, finalize_s;
};

// When what of an attempt is.
struct attempt {
    double begin_s;              // the worker is started
    double hello_s;              // it speaks
    double work_s;               // its models are loaded
    double end_s;                // all blocks would be done
    double until_s;              // they are, or it dies
    double hang_s;               // it stood still from here on; never: HUGE_VAL
    double lost_s, lost_until_s; // nobody hears it between them; 0, 0: never
};

struct made_job {
    const struct machine *machine;
    double idle_s;                    // since that machine had done its newest job
    double usual_load, usual_network; // ln, what was to be expected after the job before
    double load, network;             // ln, of the deployment at that time
    enum export_type type;
    // sizes
    int blocks;
    double pixels_in, pixels_out, clips;
    double bytes_in, bytes_out;
    double inside; // share of frames in a highlight
    bool best;     // encoded slowly: a second pass through the film
    // what the submit says of its length
    double rate; // the true frames a second; the submit guesses 30
    bool has_end;
    // waiting, and what goes wrong
    struct waits waits[MADE_MAX_ATTEMPTS];
    enum fault fault;
    double fault_at;   // share of the work where it happens
    double hang_for_s; // FAULT_HUNG
    double cut_for_s;  // FAULT_CUT
    double gap_s;      // FAULT_RETRIED: until the next attempt
    double told;       // FAULT_WRONG_SIZES: share of the sizes that the plan tells
    struct stage stages[MADE_MAX_STAGES];
    int stage_count;
    // the run
    struct attempt attempts[MADE_MAX_ATTEMPTS];
    int attempt_count;
    double finalize_at_s, total_s;
};

// The deployment's next job, all its dice thrown from home->rng, not run.
void made_job_throw(struct deployment *home, struct made_job *ret);
// When what of it is done, to its end: the following three one after the other.
void made_job_run(struct made_job *job);
void made_job_run_attempt(struct made_job *job, int number, double begin_s);
double made_job_retry_s(const struct made_job *job); // when the second attempt is announced
void made_job_finish(struct made_job *job);
// The deployment after it.
void made_job_leave(const struct made_job *job, struct deployment *home);

bool made_job_enlarges(const struct made_job *job);
// Frames by the length in seconds, at the rate that a submit takes for usual.
double made_job_guessed_frames(const struct made_job *job);
bool made_job_completes(const struct made_job *job);
// The frames inside a highlight are those from ret_from to before ret_until.
void made_job_highlight(const struct made_job *job, int *ret_from, int *ret_until);

// ---- one die each ----

enum fault throw_fault(struct rng *rng);
double throw_fault_at(struct rng *rng);
double throw_queue_s(struct rng *rng); // of a job that waits in it
double throw_startup_s(struct rng *rng, bool cold);
double throw_init_s(struct rng *rng, bool cold);
double throw_finalize_s(struct rng *rng);
double throw_hang_for_s(struct rng *rng);
double throw_cut_for_s(struct rng *rng);
double throw_gap_s(struct rng *rng);
void throw_waits(struct rng *rng, double idle_s, struct waits *ret);

int throw_blocks(struct rng *rng, enum export_type type);
// May a job of that type have so many?
bool blocks_are_possible(enum export_type type, int blocks);
double throw_rate(struct rng *rng);
double throw_bytes_in(struct rng *rng);
double throw_bytes_out(struct rng *rng, const struct made_job *job);
double throw_pixels_out(struct rng *rng);
double throw_inside(struct rng *rng);

// Of a job whose sizes and faults are known: its stages, with all their dice.
void throw_stages(struct rng *rng, struct made_job *job);
// Does the upload wait for all that is before it?
bool throw_upload_after(struct rng *rng, const struct made_job *job);
void throw_pace(struct rng *rng, const struct made_job *job, struct stage *stage);
struct luck throw_luck(struct rng *rng, const struct stage *stage);
// Block i has that luck; its drift goes on from that of block i − 1.
void stage_luck(struct stage *stage, int i, const struct luck *luck);
// The costs of the blocks from `from` to before `until`, by their dice.
void stage_cost(const struct made_job *job, struct stage *stage, int from, int until);
// Does the fault of the job slow block i?
bool block_is_slowed(const struct made_job *job, const struct stage *stage, int i);
