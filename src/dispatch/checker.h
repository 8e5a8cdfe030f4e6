// SPDX-License-Identifier: GPL-3.0-or-later
// checker.h — looks into the store whether outputs are there, in a thread of its own.
//
// A store may take seconds to answer, or not answer at all; whoever has a hundred other jobs to
// look after, or a bar to move, must not wait for it. Checks are answered one after the other;
// none takes longer than the checker's patience. A sweep, which may take as long as there are
// uploads, is for a checker of its own.
// Threads: checker_ask() and checker_take() the owner's; `wake` is called from the checker's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

struct checker;
struct storage;

struct check {
    int64_t job; // the owner's number for it
    uint32_t attempt;
    char *where;          // of the object; owned
    bool sweep;           // `where` is a prefix: uploads below it that were begun more than a day
                          // ago, and not ended, are removed; nothing else is asked
    uint64_t bytes;       // that it must have
    struct error verdict; // status OK: it is there, whole. Retryable: the store did not say
};

// `storage` is borrowed. A store that has not answered after `patience_ns` is given up. `wake` is
// called when there is something to take.
struct checker *checker_new(struct storage *storage, int64_t patience_ns,
                            void (*wake)(void *context), void *context);
// Drops the checks that wait, and the one that runs within a second.
void checker_free(struct checker *checker);
AUTO_DEFINE(struct checker, checker_free)

// Takes the check over; its `where` is NULL afterwards.
void checker_ask(struct checker *checker, struct check *check);
// An answered check, or NULL. Free it.
struct check *checker_take(struct checker *checker);
void check_free(struct check *check);
