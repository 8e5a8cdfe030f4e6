// SPDX-License-Identifier: GPL-3.0-or-later
// house.h — a supervisor with shell scripts as workers, and a viewer that remembers what it saw.
#pragma once

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../storage/folder.h"
#include "jobs/supervisor.h"

// What a script does: $JOB and $ATTEMPT are set, `say SEQ REST` prints a line, `made N` makes the
// output and says the result.
#define SCRIPT_HEAD                                                                                \
    "#!/bin/sh\n"                                                                                  \
    "while [ $# -gt 0 ]; do case $1 in --job) JOB=$2;; --attempt) ATTEMPT=$2;; esac; shift; "      \
    "done\n"                                                                                       \
    "SPEC=$(cat); OUT=${SPEC##*\\\"output\\\":\\\"}; OUT=${OUT%%\\\"*}\n"                          \
    "say() { echo '{\"v\":1,\"job\":\"'$JOB'\",\"attempt\":'$ATTEMPT',\"seq\":'$1',\"t_ms\":'$1"   \
    "',\"ev\":'\"$2\"'}'; }\n"                                                                     \
    "hello() { say 0 '\"hello\",\"worker\":\"w\"'; }\n"                                            \
    "made() { echo $JOB $ATTEMPT >>made.txt; printf 12345 >\"$OUT\";"                              \
    " say $1 '\"result\",\"output\":\"'$OUT'\",\"bytes\":5,\"frames\":3,\"duration_s\":0.1'; }\n"  \
    "until_there() { while [ ! -e $1 ]; do sleep 0.02; done; }\n"

struct seen {
    char job[64];
    struct job_snapshot newest;
    int snapshots, falls, backwards;
    bool was_unknown, was_simulated;
    uint32_t most_attempts, last_place;
    struct snapshot_result result;
};

struct house {
    struct supervisor *s;
    struct supervisor_options o;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // -- protected by lock
    struct seen seen[64];
    int seen_count;
    bool answered, is_error, created, cancel, has_more;
    struct error error;
    char job[64]; // of the answer
    struct job_snapshot snapshot;
    char ids[1024]; // of the jobs of a list
    uint64_t next;
};

static inline struct seen *house_seen(struct house *h, const char *job)
{
    for (int i = 0; i < h->seen_count; i++) {
        if (strcmp(h->seen[i].job, job) == 0)
            return &h->seen[i];
    }
    assert_true(h->seen_count < 64);
    struct seen *seen = &h->seen[h->seen_count++];
    *seen = (struct seen){0};
    strcpy(seen->job, job);
    return seen;
}

static inline void house_on_snapshot(void *context, const char *user,
                                     const struct job_snapshot *snapshot)
{
    struct house *h = context;
    (void)user;
    (void)pthread_mutex_lock(&h->lock);
    struct seen *seen = house_seen(h, snapshot->job);
    seen->falls += snapshot->progress.fraction < seen->newest.progress.fraction;
    seen->backwards += snapshot->seq <= seen->newest.seq;
    seen->was_unknown |= snapshot->progress.health == HEALTH_UNKNOWN;
    seen->was_simulated |= snapshot->progress.source == SOURCE_SIMULATED;
    seen->newest = *snapshot;
    seen->snapshots++;
    (void)pthread_cond_broadcast(&h->changed);
    (void)pthread_mutex_unlock(&h->lock);
}

static inline void house_done(void *context, const struct supervisor_answer *answer)
{
    struct house *h = context;
    (void)pthread_mutex_lock(&h->lock);
    h->answered = true;
    h->is_error = answer->error != NULL;
    h->error = answer->error ? *answer->error : (struct error){0};
    h->created = answer->created;
    h->cancel = answer->cancel;
    h->has_more = answer->has_more;
    h->next = answer->next;
    h->ids[0] = '\0';
    for (size_t i = 0; i < answer->job_count; i++)
        strcat(strcat(h->ids, answer->jobs[i].snapshot->job), " ");
    if (answer->job_count > 0) {
        h->snapshot = *answer->jobs[0].snapshot;
        strcpy(h->job, answer->jobs[0].snapshot->job);
    }
    (void)pthread_cond_broadcast(&h->changed);
    (void)pthread_mutex_unlock(&h->lock);
}

static inline void house_wait(struct house *h, const char *what)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 30;
    if (pthread_cond_timedwait(&h->changed, &h->lock, &until) != 0)
        fail_msg("waited too long for %s", what);
}

static inline enum status house_answer(struct house *h, enum status asked)
{
    assert_int_equal(asked, OK);
    (void)pthread_mutex_lock(&h->lock);
    while (!h->answered)
        house_wait(h, "an answer");
    h->answered = false;
    enum status status = h->is_error ? h->error.status : OK;
    (void)pthread_mutex_unlock(&h->lock);
    return status;
}

static inline struct supervisor_reply house_reply(struct house *h)
{
    return (struct supervisor_reply){.done = house_done, .context = h};
}

// Waits until the job is in that state; what was seen of it then.
static inline struct seen house_until(struct house *h, const char *job, enum job_state state)
{
    (void)pthread_mutex_lock(&h->lock);
    struct seen *seen = house_seen(h, job);
    while (seen->newest.state != state || seen->snapshots == 0) {
        if (job_state_terminal(seen->newest.state))
            fail_msg("job became %s (%s) instead of %s", job_state_name(seen->newest.state),
                     seen->newest.error.text, job_state_name(state));
        house_wait(h, job_state_name(state));
    }
    struct seen copy = *seen;
    (void)pthread_mutex_unlock(&h->lock);
    return copy;
}

// Waits for a snapshot of which `is` holds.
static inline struct seen house_until_seen(struct house *h, const char *job,
                                           bool (*is)(const struct seen *seen), const char *what)
{
    (void)pthread_mutex_lock(&h->lock);
    struct seen *seen = house_seen(h, job);
    while (seen->snapshots == 0 || !is(seen))
        house_wait(h, what);
    struct seen copy = *seen;
    (void)pthread_mutex_unlock(&h->lock);
    return copy;
}

static inline void house_script(const char *script)
{
    FILE *f = fopen("worker.sh.new", "w");
    assert_non_null(f);
    assert_true(fprintf(f, "%s%s", SCRIPT_HEAD, script) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod("worker.sh.new", 0700), 0);
    assert_int_equal(rename("worker.sh.new", "worker.sh"), 0);
}

static inline void house_open(struct house *h)
{
    struct error err = {0};
    h->o.on_snapshot = house_on_snapshot;
    h->o.context = h;
    if (supervisor_new(&h->o, &h->s, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
}

// An empty folder "data", the script as worker.
static inline struct house *house_new(const char *script)
{
    struct house *h = mem_new(struct house);
    assert_int_equal(system("rm -rf data *.txt go out && mkdir out"), 0);
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->changed, NULL);
    house_script(script);
    h->o = (struct supervisor_options){
        .data_dir = "data",
        .program = "./worker.sh",
        .retry = {.first_ms = 20, .longest_ms = 50},
    };
    return h;
}

// The folder is as it should be when nothing runs: no file of an attempt is left.
static inline void house_free(struct house *h)
{
    supervisor_free(h->s);
    free(h);
}
AUTO_DEFINE(struct house, house_free)

static inline const char *house_spec(const char *output)
{
    static char text[512];
    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"framing_ai\",\"input\":\"in.mp4\",\"output\":\"%s\","
                   "\"trim\":{\"start\":0,\"end\":2},\"fps\":25}",
                   output);
    return text;
}

static inline enum status house_submit_as(struct house *h, const char *user, const char *spec,
                                          const char *key, int priority)
{
    struct error err;
    const struct supervisor_submit submit = {.user = user,
                                             .spec = spec,
                                             .spec_bytes = strlen(spec),
                                             .idempotency_key = key,
                                             .priority = priority};
    return house_answer(h, supervisor_submit(h->s, &submit, house_reply(h), &err));
}

// Submits and fails the test when that is refused. The job's id goes into `id`.
static inline void house_submit(struct house *h, const char *output, char id[static 64])
{
    if (house_submit_as(h, "ada", house_spec(output), NULL, 0) != OK)
        fail_msg("%s", h->error.text);
    strcpy(id, h->job);
}

static inline int house_lines(const char *path)
{
    FILE *f = fopen(path, "r");
    int n = 0;
    for (int c; f && (c = fgetc(f)) != EOF;)
        n += c == '\n';
    if (f)
        (void)fclose(f);
    return n;
}

static inline void house_touch(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fclose(f);
}

// How many files the spool holds.
static inline int house_spooled(void)
{
    assert_int_equal(chdir("data/spool"), 0);
    int n = folder_entries();
    assert_int_equal(chdir("../.."), 0);
    return n;
}
