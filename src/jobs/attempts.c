// SPDX-License-Identifier: GPL-3.0-or-later
// attempts.c — a worker from its start to its end, and what comes after it.
//
// A worker's process is running, not running, or nobody can say (it is stopped, or silent). Only
// one that is known not to run any more is judged: by its last word, else by how it died. One that
// nobody can say anything of is shown as such, and in the end killed, which makes it known.
#include <assert.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "base/text.h"
#include "jobs/lineup.h"
#include "jobs/placing.h"
#include "jobs/spool.h"
#include "jobs/supervisor_state.h"
#include "sys/clock.h"
#include "sys/log.h"

#define MS_NS INT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)

static const int64_t grace_ns = 5 * SECOND_NS; // between "stop" and the kill; after a last word
static const int64_t hold_ns = 1 * SECOND_NS;  // after the system refused a process
enum { MAX_CHECKS = 8, MAX_WAITING = 1024, MAX_LINES_BYTES = 256 * 1024 * 1024 };

char *lines_path(const struct supervisor *s, const struct live_job *j)
{
    return spool_path(s->spool_dir, j->row.id, j->row.attempt, SPOOL_LINES);
}

void watch_process(struct supervisor *s, struct live_job *j)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = j};
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, worker_process_fd(j->process), &event) != 0)
        j->polled_end = true; // then it is asked each round
}

// ---- start ----

// The spec with places for keys.
static enum status placed_spec(struct supervisor *s, const struct live_job *j, struct spec **ret,
                               struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, (size_t)2 * SPEC_MAX_TEXT_BYTES);
    enum status status = jobs_spec(s->jobs, j->row.number, &text, err);
    if (status == OK)
        status = spec_parse(buffer_string(&text), text.size, ret, err);
    if (status == OK && s->o.object_root)
        status = placing_apply(*ret, s->o.object_root, j->row.user, err);
    return status;
}

// As the worker gets it.
static enum status spec_for_worker(struct supervisor *s, const struct live_job *j,
                                   struct buffer *out, struct error *err)
{
    struct spec *spec AUTO(spec_free) = NULL;
    enum status status = placed_spec(s, j, &spec, err);
    if (status == OK && s->o.object_root)
        status = placing_make_folders(spec, s->o.object_root, err);
    if (status == OK)
        spec_write(spec, out);
    return status;
}

static void fresh_token(char token[static 65])
{
    unsigned char bytes[32];
    ssize_t n = getrandom(bytes, sizeof(bytes), 0);
    assert(n == (ssize_t)sizeof(bytes)); // so few come whole
    (void)n;
    for (int i = 0; i < 32; i++)
        (void)snprintf(token + 2 * (size_t)i, 3, "%02x", bytes[i]);
}

// A process at the gate, and what the table is to know of it.
static enum status prepare(struct supervisor *s, struct live_job *j, struct worker_process **ret,
                           struct attempt_start *start, struct error *err)
{
    char token[65] = "";
    uint32_t attempt = j->row.attempt + 1;
    struct buffer spec BUFFER_AUTO;
    buffer_init(&spec, (size_t)4 * SPEC_MAX_TEXT_BYTES);
    enum status status = spec_for_worker(s, j, &spec, err);
    if (status != OK)
        return status;
    spool_remove(s->spool_dir, j->row.id, attempt); // of a start that never came to be
    if (s->o.hash) {
        fresh_token(token);
        s->o.hash(token, strlen(token), start->token_hash);
    }
    char *lines AUTO(mem_free) = spool_path(s->spool_dir, j->row.id, attempt, SPOOL_LINES);
    char *log AUTO(mem_free) = spool_path(s->spool_dir, j->row.id, attempt, SPOOL_LOG);
    const struct worker_process_options options = {
        .program = s->o.program,
        .job = j->row.id,
        .attempt = attempt,
        .spec = buffer_string(&spec),
        .spec_bytes = spec.size,
        .lines_path = lines,
        .log_path = log,
        .model_dir = s->o.model_dir,
        .threads = s->o.threads,
        .token = token,
        .limits = s->o.limits,
    };
    status = worker_process_prepare(&options, ret, err);
    if (status != OK)
        return status;
    const struct process_id *id = worker_process_id(*ret);
    start->process = (struct job_process){.pid = id->pid, .start_ticks = id->start_ticks};
    (void)text_copy(start->process.boot, sizeof(start->process.boot), id->boot);
    return OK;
}

// A spec that cannot be placed fails its job; a system that gives no process fails nothing.
static void cannot_start(struct supervisor *s, struct live_job *j, const struct error *err,
                         int64_t now_ns)
{
    if (err->retryable || err->status == ERR_NO_SPACE) {
        log_line(LOG_WARN, "job %s waits: %s", j->row.id, err->text);
        s->hold_ns = now_ns + hold_ns;
        return;
    }
    (void)move_job(s, j, &(struct step){.to = JOB_FAILED, .error = err}, now_ns);
}

static void start_job(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    struct worker_process *process AUTO(worker_process_free) = NULL;
    struct attempt_start start = {0};
    struct error err = {0};
    if (prepare(s, j, &process, &start, &err) != OK) {
        cannot_start(s, j, &err, now_ns);
        return;
    }
    live_job_end_attempt(j);
    live_job_enter(j, PHASE_STARTUP, now_ns); // for what is told with the move
    if (!move_job(s, j, &(struct step){.to = JOB_STARTING, .start = &start}, now_ns))
        return;
    live_job_begin(j, now_ns);
    j->process = process;
    process = NULL;
    (void)!worker_process_go(j->process, &j->start_error); // its end tells
    s->stats.workers_started++;
    watch_process(s, j);
}

// ---- the line ----

static bool has_worker(const struct live_job *j)
{
    return j->row.state == JOB_STARTING || j->row.state == JOB_RUNNING;
}

// Higher priority first, then who came first.
static bool goes_before(const struct live_job *a, const struct live_job *b)
{
    return a->row.priority != b->row.priority ? a->row.priority > b->row.priority
                                              : a->row.number < b->row.number;
}

static uint32_t workers_of(const struct supervisor *s, const char *user)
{
    uint32_t n = 0;
    for (const struct live_job *j = s->live; j; j = j->next)
        n += has_worker(j) && (!user || strcmp(j->row.user, user) == 0);
    return n;
}

// A clock that was set back must not make anybody wait longer than any wait can be.
static bool is_due(const struct supervisor *s, const struct live_job *j, int64_t now_ms)
{
    return j->row.due_ms <= now_ms || j->row.due_ms - now_ms > s->o.retry.longest_ms;
}

static struct live_job *whose_turn(const struct supervisor *s, int64_t now_ns)
{
    struct live_job *best = NULL;
    int64_t now_ms = clock_wall_ms();
    for (struct live_job *j = s->live; j; j = j->next) {
        if (j->row.state == JOB_QUEUED && is_due(s, j, now_ms) && j->stuck_ns <= now_ns &&
            (!best || goes_before(j, best)) && workers_of(s, j->row.user) < s->o.workers_per_user)
            best = j;
    }
    return best;
}

static int by_turn(const void *a, const void *b)
{
    const struct live_job *x = *(struct live_job *const *)a;
    const struct live_job *y = *(struct live_job *const *)b;
    return goes_before(x, y) ? -1 : 1;
}

// Users as small numbers, for the forecast.
static uint32_t user_number(const char **users, uint32_t *count, const char *user)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (strcmp(users[i], user) == 0)
            return i;
    }
    if (*count == LINEUP_USERS)
        return LINEUP_USERS - 1;
    users[*count] = user;
    return (*count)++;
}

static struct lineup_job left_of(const struct live_job *j)
{
    const struct snapshot *p = &j->snapshot.progress;
    struct lineup_job left = {.median_s = j->whole_s, .sigma = j->whole_sigma};
    if (!has_worker(j) || !p->has_eta)
        return left;
    double low_s = fmax((double)p->eta_low_ns / 1e9, 0.1);
    left.median_s = fmax((double)p->eta_ns / 1e9, 0.1);
    left.sigma = log(fmax((double)p->eta_high_ns / 1e9, low_s) / low_s) / (2 * 1.2816);
    return left;
}

static void tell_place(struct live_job *j, uint32_t place, const struct lineup_wait *wait,
                       int64_t now_ns)
{
    struct job_snapshot *s = &j->snapshot;
    s->queue_position = place;
    s->has_queue_eta = true;
    s->queue_eta_low_ns = (int64_t)(wait->low_s * 1e9);
    s->queue_eta_ns = (int64_t)(wait->median_s * 1e9);
    s->queue_eta_high_ns = (int64_t)(wait->high_s * 1e9);
    double spread = log(fmax(wait->high_s, 0.1) / fmax(wait->low_s, 0.1)) / (2 * 1.2816);
    live_job_wait(j, wait->median_s, spread, now_ns);
}

// Where everyone stands in line, and for how long.
static void forecast_line(struct supervisor *s, int64_t now_ns)
{
    struct live_job *line[MAX_WAITING];
    const char *users[LINEUP_USERS];
    uint32_t user_count = 0;
    size_t running_count = 0;
    size_t n = 0;
    struct lineup_job *running AUTO(mem_free) = mem_zeroed(s->o.workers, sizeof(struct lineup_job));
    for (struct live_job *j = s->live; j; j = j->next) {
        if (has_worker(j) && running_count < s->o.workers) {
            running[running_count] = left_of(j);
            running[running_count++].user = user_number(users, &user_count, j->row.user);
        } else if (j->row.state == JOB_QUEUED && n < MAX_WAITING) {
            line[n++] = j;
        }
    }
    if (n == 0)
        return;
    qsort(line, n, sizeof(struct live_job *), by_turn);
    struct lineup_job *waiting AUTO(mem_free) = mem_zeroed(n, sizeof(struct lineup_job));
    struct lineup_wait *waits AUTO(mem_free) = mem_zeroed(n, sizeof(struct lineup_wait));
    for (size_t i = 0; i < n; i++) {
        waiting[i] = left_of(line[i]);
        waiting[i].user = user_number(users, &user_count, line[i]->row.user);
    }
    const struct lineup lineup = {
        .running = running,
        .running_count = running_count,
        .waiting = waiting,
        .waiting_count = n,
        .workers = s->o.workers,
        .per_user = s->o.workers_per_user,
    };
    lineup_forecast(&lineup, waits);
    for (size_t i = 0; i < n; i++)
        tell_place(line[i], (uint32_t)i + 1, &waits[i], now_ns);
}

void serve_line(struct supervisor *s, int64_t now_ns)
{
    while (!s->draining && now_ns >= s->hold_ns && workers_of(s, NULL) < s->o.workers) {
        struct live_job *j = whose_turn(s, now_ns);
        if (!j)
            break;
        start_job(s, j, now_ns);
    }
    if (!s->lineup_changed && now_ns - s->lineup_ns < SECOND_NS)
        return;
    s->lineup_changed = false;
    s->lineup_ns = now_ns;
    forecast_line(s, now_ns);
}

// ---- the end ----

static void ask_store(struct supervisor *s, struct live_job *j)
{
    const struct event_result *result = &j->feed->result;
    struct check check = {
        .job = j->row.number,
        .attempt = j->row.attempt,
        .where = mem_strdup(result->output),
        .bytes = result->bytes,
    };
    j->checking = true;
    j->checks++;
    j->check_ns = 0;
    checker_ask(s->checker, &check);
}

static void complete(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    const struct attempt_end end = {.how = "result"};
    if (!move_job(s, j, &(struct step){.to = JOB_COMPLETE, .end = &end}, now_ns))
        return;
    const struct job_end record = live_job_record(j, now_ns, clock_wall_ms());
    learning_take(s->learning, &record);
    live_job_end_attempt(j);
}

// A worker of the same user may need the same folders.
static bool has_others(const struct supervisor *s, const struct live_job *j)
{
    for (const struct live_job *other = s->live; other; other = other->next) {
        if (other != j && other->feed && strcmp(other->row.user, j->row.user) == 0)
            return true;
    }
    return false;
}

// Of what it was writing a worker that was killed may have left a part; and nobody needs the
// folders that were made for it.
static void clear_away(struct supervisor *s, const struct live_job *j)
{
    struct attempt_row attempt;
    struct spec *spec AUTO(spec_free) = NULL;
    struct error err;
    if (jobs_attempt(s->jobs, j->row.number, j->row.attempt, &attempt, &err) != OK ||
        placed_spec(s, j, &spec, &err) != OK)
        return;
    placing_remove_strays(spec, (pid_t)attempt.process.pid);
    if (s->o.object_root && !has_others(s, j))
        placing_remove_folders(spec, s->o.object_root);
}

// The attempt has failed: again, or for good. `how` is for the table.
static void fail_attempt(struct supervisor *s, struct live_job *j, const char *how,
                         struct error *err, int64_t now_ns)
{
    char words[256];
    int64_t wait_ms = 0;
    struct step step = {.error = err};
    s->random = s->random * 6364136223846793005U + 1442695040888963407U; // Knuth's MMIX
    double random = (double)(s->random >> 11) / 9007199254740992.0;
    spool_last_words(s->spool_dir, j->row.id, j->row.attempt, words, sizeof(words));
    if (err->detail[0] == '\0')
        error_detail(err, "%s", words);
    if (j->row.cancel_asked) {
        step.to = JOB_CANCELLED;
        (void)error_set(err, ERR_CANCELLED, "cancelled");
    } else if (retry_after(&s->o.retry, j->row.attempt, err, random, &wait_ms)) {
        step.to = JOB_QUEUED;
        step.due_ms = clock_wall_ms() + wait_ms;
    } else {
        step.to = JOB_FAILED;
        if (j->row.attempt > 1)
            (void)error_wrap(err, "after %u attempts", j->row.attempt);
    }
    const struct attempt_end end = {.how = step.to == JOB_CANCELLED ? "cancelled" : how,
                                    .code = status_info(err->status)->name,
                                    .text = err->text,
                                    .detail = err->detail};
    uint32_t attempt = j->row.attempt;
    step.end = &end;
    clear_away(s, j);
    if (!move_job(s, j, &step, now_ns))
        return;
    live_job_end_attempt(j);
    spool_remove(s->spool_dir, j->row.id, attempt);
    s->stats.retries += step.to == JOB_QUEUED;
}

// How a worker without a last word ended.
static const char *explain(const struct live_job *j, struct error *err)
{
    const struct worker_exit *how = &j->how;
    if (j->start_error.status != OK) {
        *err = j->start_error;
        return "died";
    }
    if (j->killed) {
        (void)error_set(err, ERR_WORKER, "the worker was %s", j->killed);
        return strstr(j->killed, "stopped") ? "stopped" : "lost";
    }
    if (!how->known)
        (void)error_set(err, ERR_WORKER, "the worker ended while nobody watched it");
    else if (how->exited)
        (void)error_set(err, ERR_WORKER, "the worker ended with code %d and did not say why",
                        how->code);
    else
        (void)error_set(err, ERR_WORKER, "the worker was killed by signal %d (%s)", how->signal,
                        strsignal(how->signal));
    if (how->known && !how->exited && how->signal == SIGXCPU)
        err->retryable = false; // it would use up its processor time again
    if (j->feed->counts.broken > 0)
        error_detail(err, "%llu lines were not understood, the last: %s",
                     (unsigned long long)j->feed->counts.broken, j->feed->last_broken.text);
    return "died";
}

// The worker is known not to run any more.
static void conclude(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    struct error err = {0};
    feed_end(j->feed, now_ns);
    if (j->feed->has_result) {
        if (j->row.state != JOB_FINALIZING &&
            !move_job(s, j, &(struct step){.to = JOB_FINALIZING}, now_ns))
            return;
        if (j->feed->result.output[0] == '\0')
            complete(s, j, now_ns);
        else if (!j->checking && now_ns >= j->check_ns)
            ask_store(s, j);
        return;
    }
    if (j->feed->has_error) {
        const struct event_error *said = &j->feed->error;
        (void)error_set(&err, said->code, "%s", said->text);
        if (s->o.object_root)
            placing_hide(s->o.object_root, j->row.user, err.text);
        err.retryable = said->retryable;
        error_detail(&err, "%s", said->detail);
        fail_attempt(s, j, "error", &err, now_ns);
        return;
    }
    const char *how = explain(j, &err);
    fail_attempt(s, j, how, &err, now_ns);
}

void take_verdict(struct supervisor *s, struct live_job *j, const struct check *check,
                  int64_t now_ns)
{
    struct error err = check->verdict;
    j->checking = false;
    if (err.status == OK)
        complete(s, j, now_ns);
    else if (err.retryable && err.status != ERR_WORKER && j->checks < MAX_CHECKS)
        j->check_ns = now_ns + (SECOND_NS << j->checks) / 4; // the store, not the worker
    else {
        err.retryable = true; // the work may be done again
        fail_attempt(s, j, "result", &err, now_ns);
    }
    if (err.status == OK && j->row.state == JOB_FINALIZING)
        j->check_ns = j->stuck_ns; // the table could not be written: asked again then
}

// ---- while it runs ----

static void kill_worker(struct supervisor *s, struct live_job *j, const char *why)
{
    if (!j->killed)
        s->stats.workers_killed++;
    j->killed = why;
    if (j->process)
        worker_process_signal(j->process, SIGKILL);
}

void cancel_job(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    struct error err = {0};
    if (j->row.state == JOB_QUEUED) {
        (void)error_set(&err, ERR_CANCELLED, "cancelled");
        (void)move_job(s, j, &(struct step){.to = JOB_CANCELLED, .error = &err}, now_ns);
        return;
    }
    if (j->process && j->told_ns == 0) {
        worker_process_signal(j->process, SIGCONT); // one that is stopped must hear it
        worker_process_signal(j->process, SIGTERM);
    }
    if (j->told_ns == 0)
        j->told_ns = now_ns;
    j->changed = true;
}

// Is it there, and does it speak?
static void watch_liveness(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    int64_t silent_ns = now_ns - j->heard_ns;
    bool stopped = silent_ns > SECOND_NS && j->process && worker_process_stopped(j->process);
    if (!stopped)
        j->stopped_ns = 0;
    else if (j->stopped_ns == 0)
        j->stopped_ns = now_ns;
    if (stopped && now_ns - j->stopped_ns > s->o.stopped_ms * MS_NS)
        kill_worker(s, j, "stopped by somebody for too long, and killed");
    if (silent_ns > s->o.lost_ms * MS_NS)
        kill_worker(s, j, "silent for too long, and given up");
    if (stopped || (j->hello && silent_ns > s->o.silence_ms * MS_NS)) {
        live_job_lost(j, now_ns);
    } else if (!j->hello && silent_ns > s->o.silence_ms * MS_NS) {
        j->mute = true; // an old one, perhaps, that says its end and nothing before
        tracker_mute(&j->tracker, now_ns);
    }
}

static void watch_overdue(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    if (j->row.cancel_asked && j->told_ns == 0)
        cancel_job(s, j, now_ns);
    if (j->process && j->told_ns && now_ns - j->told_ns > grace_ns)
        kill_worker(s, j, "told to stop, did not, and was killed");
    int64_t silent_ns = now_ns - (j->told_ns > j->heard_ns ? j->told_ns : j->heard_ns);
    if (j->remote && !j->process && j->told_ns && silent_ns > s->o.silence_ms * MS_NS)
        kill_worker(s, j, "told to stop, and has been silent since"); // nobody can do more there
    if (j->lines_at > MAX_LINES_BYTES)
        kill_worker(s, j, "too talkative, and was killed");
    if (live_job_has_last_word(j) && now_ns - j->heard_ns > grace_ns)
        kill_worker(s, j, "done, did not end, and was killed");
}

// Has the attempt come to its end?
static bool is_over(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    if (j->process && j->polled_end && worker_process_ended(j->process, &j->how)) {
        char *path AUTO(mem_free) = lines_path(s, j);
        (void)live_job_read(j, path, now_ns); // what it said last
        worker_process_free(j->process);
        j->process = NULL;
    }
    if (j->process)
        return false;
    return !j->remote || live_job_has_last_word(j) || j->killed;
}

void look_after(struct supervisor *s, struct live_job *j, int64_t now_ns)
{
    if (j->ended_ns || j->stuck_ns > now_ns)
        return;
    if (j->row.state == JOB_QUEUED && j->row.cancel_asked)
        cancel_job(s, j, now_ns); // the process before died on the way
    if (!j->feed)
        return;
    char *path AUTO(mem_free) = lines_path(s, j);
    uint64_t lines = j->feed->counts.applied;
    uint64_t broken = j->feed->counts.broken;
    if (live_job_read(j, path, now_ns))
        j->changed = true;
    s->stats.lines += j->feed->counts.applied - lines;
    s->stats.broken_lines += j->feed->counts.broken - broken;
    if (j->row.state == JOB_STARTING && (j->hello || j->mute || live_job_has_last_word(j)) &&
        !move_job(s, j, &(struct step){.to = JOB_RUNNING}, now_ns))
        return;
    if (is_over(s, j, now_ns)) {
        conclude(s, j, now_ns);
        return;
    }
    watch_liveness(s, j, now_ns);
    watch_overdue(s, j, now_ns);
}
