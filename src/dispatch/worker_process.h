// SPDX-License-Identifier: GPL-3.0-or-later
// worker_process.h — a worker that outlives whoever started it, and can be found again.
//
// It has a session and process group of its own, takes its spec from memory, and writes its lines
// to the end of a file instead of a pipe: a reader that dies breaks nothing and misses nothing,
// the next one reads the file from its beginning. It may gain no privileges, and is held to limits.
//
// Nobody runs a worker that no table knows: worker_process_prepare() makes a process that waits at
// a gate. Its identity is written down durably, then worker_process_go() lets it become the
// worker. If its maker dies or frees it before, the process ends without having done anything.
//
// Threads: one owner. Units: bytes, seconds of processor time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "sys/process.h"

struct worker_process;

// What a worker process may use; 0: no limit.
struct worker_limits {
    uint64_t memory_bytes; // of address space
    uint32_t files;        // open at once
    uint32_t cpu_s;        // processor seconds
    int nice;              // how much further than its maker it stands back for a processor
};

struct worker_process_options {
    const char *program; // started as "headway worker"
    const char *job;
    uint32_t attempt;
    const char *spec; // JSON, given on standard input
    size_t spec_bytes;
    const char *lines_path; // standard output; appended to
    const char *log_path;   // standard error; appended to
    const char *model_dir;  // handed on; NULL: the usual places
    int threads;            // handed on; 0: one for each core
    const char *token;      // told as HEADWAY_WORKER_TOKEN
    struct worker_limits limits;
};

// A process at the gate.
MUST_USE enum status worker_process_prepare(const struct worker_process_options *options,
                                            struct worker_process **ret, struct error *err);
// Opens the gate. Fails when the program cannot be started.
MUST_USE enum status worker_process_go(struct worker_process *p, struct error *err);
// Takes over a worker that another process, or an earlier life of this one, started. NULL when it
// does not run any more.
struct worker_process *worker_process_adopt(const struct process_id *id);
// Forgets it; a worker that runs goes on. One that still waits at the gate ends.
void worker_process_free(struct worker_process *p);
AUTO_DEFINE(struct worker_process, worker_process_free)

const struct process_id *worker_process_id(const struct worker_process *p);
// Polls readable once it has ended. Owned by the process.
int worker_process_fd(const struct worker_process *p);
// To all of its group; nothing happens once it has ended.
void worker_process_signal(struct worker_process *p, int signal);
// Somebody stopped it (SIGSTOP).
bool worker_process_stopped(const struct worker_process *p);

struct worker_exit {
    bool known;  // false: it was not our child, so nobody can say
    bool exited; // otherwise killed by `signal`
    int code;
    int signal;
};

// True once it has ended; what was left of its group is then gone too. Does not wait.
bool worker_process_ended(struct worker_process *p, struct worker_exit *ret);
