// SPDX-License-Identifier: GPL-3.0-or-later
// api.h — a server of this program, asked over its HTTP API.
//
// Every call blocks until it is answered. What the server refuses comes back as its own status and
// sentence. Threads: any, at once. Ownership: texts are copied.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "job/snapshot_json.h"
#include "sys/cancel.h"

struct api;

struct api_options {
    const char *server; // "http://127.0.0.1:8080", without a slash at the end
    const char *token;  // NULL: none
};

MUST_USE enum status api_new(const struct api_options *options, struct api **ret,
                             struct error *err);
void api_free(struct api *api);
AUTO_DEFINE(struct api, api_free)

struct api_submit {
    const char *spec;
    size_t spec_bytes;
    const char *idempotency_key; // NULL: none
    int priority;
};

MUST_USE enum status api_submit(struct api *api, const struct api_submit *submit,
                                struct job_snapshot *ret, struct error *err);
MUST_USE enum status api_find(struct api *api, const char *job, struct job_snapshot *ret,
                              struct error *err);
MUST_USE enum status api_cancel(struct api *api, const char *job, struct job_snapshot *ret,
                                struct error *err);
MUST_USE enum status api_retry(struct api *api, const char *job, struct job_snapshot *ret,
                               struct error *err);

struct api_page {
    struct job_snapshot *jobs; // free()
    size_t count;
    bool has_more;
    uint64_t next; // `before` of the next page; meaningless unless has_more
};

// `state`: "all", "active" or "ended"; `before` 0: from the newest.
MUST_USE enum status api_list(struct api *api, const char *state, uint32_t limit, uint64_t before,
                              struct api_page *ret, struct error *err);

// Takes the server-sent events of a job until it ends, the connection breaks, `cancel` fires or
// `take` says false, and tells whether the connection stood. Bytes come as they were sent.
MUST_USE enum status api_events(struct api *api, const char *job, struct cancel *cancel,
                                bool (*take)(void *context, const char *bytes, size_t n),
                                void *context, struct error *err);
