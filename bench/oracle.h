// SPDX-License-Identifier: GPL-3.0-or-later
// oracle.h — a bar that knows the law of a generated job, but not the dice that are still to fall.
//
// At a time t it knows what anybody could know by then, and more: the submit; from the plan on the
// true sizes; every length that is over; the cost of every block that is done; once a phase has
// done its first block, the pace, heat and drift of it; a fault, from the moment it begins. What it
// does not know it throws anew, many times, on the condition that it fits what has been seen: a
// length that runs is longer than it has run, a block that is being done costs more than it has
// taken, a fault that has not been seen has not begun. Each throw is run to its end by the
// generator's own code. What is shown is the d at which the expected |d − t / T|, a mean over the
// samples of the job and so weighed by 1 / T, is least: the median of t / T under these weights.
//
// It is more than any bar can know where that was simpler: how far the encoder looks ahead, whether
// an attempt is cold, all of it in the midst of a cut. So its error is a bound from below for every
// bar's. Beside that bound stand the facts: each is told to it beforehand when its bit is set.
//
// Deterministic for a seed. Pure beside memory.
#pragma once

#include "base/memory.h"
#include "made_job.h"

enum oracle_fact {
    FACT_SIZES,    // before the plan; and of the result, before its upload
    FACT_STATE,    // load and network of the deployment
    FACT_STARTUP,  // how long queue and cold or warm start last
    FACT_INIT,     // how long the models load
    FACT_FINALIZE, // how long the last step takes
    FACT_NET,      // the pace of transfers not begun; does the upload wait
    FACT_FRAMES,   // the pace of phases of frames not begun
    FACT_LUCK,     // drift and tails of every block
    FACT_FAULTS,   // what will go wrong, when, for how long
    FACT_COUNT
};
enum { FACTS_ALL = (1 << FACT_COUNT) - 1 };

struct oracle;

// Of a job that has been run and that completes; borrows it. At most `throws` a time.
struct oracle *oracle_new(const struct made_job *truth, int throws, uint64_t seed);
void oracle_free(struct oracle *oracle);
AUTO_DEFINE(struct oracle, oracle_free)
// The fraction that it shows at t_s, from 0 to the end of the job, by so many throws. `facts` are
// the bits 1 << FACT_… of what it is told beforehand.
double oracle_shows(struct oracle *oracle, unsigned facts, int throws, double t_s);
