// SPDX-License-Identifier: GPL-3.0-or-later
// supervisor.c — the thread and its rounds; see supervisor.h.
//
// A round answers what was asked, reads what workers said, starts whose turn it is, and tells the
// viewers. Between rounds the thread sleeps: until somebody asks, a process ends, the store has
// answered, or a fortieth of a second has passed while workers run.
#include "jobs/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/spool.h"
#include "jobs/supervisor_state.h"
#include "sys/clock.h"
#include "sys/log.h"

#define MS_NS INT64_C(1000000)

enum {
    TICK_MS = 25,   // while workers run: how late their lines are at most
    IDLE_MS = 250,  // while jobs wait
    LOCK_MS = 1000, // for a process before to be gone
    PRUNE_MS = 600000,
    PRUNE_SOON_MS = 1000, // when there is more than fits in one round
    PRUNE_AT_ONCE = 100,  // jobs
};

static const int64_t check_patience_ns = 20000 * MS_NS; // then others get their turn, it asks again

// ---- the rounds ----

static void take_events(struct supervisor *s, int wait_ms)
{
    struct epoll_event events[64];
    int n = epoll_wait(s->epoll_fd, events, 64, wait_ms);
    for (int i = 0; i < n; i++) {
        struct live_job *j = events[i].data.ptr;
        eventfd_t count;
        if (j)
            j->polled_end = true;
        else
            (void)eventfd_read(s->wake_fd, &count);
    }
}

static void take_verdicts(struct supervisor *s, int64_t now_ns)
{
    for (struct check *check; (check = checker_take(s->checker));) {
        struct live_job *j = s->live;
        while (j && j->row.number != check->job)
            j = j->next;
        if (j && j->checking && j->row.attempt == check->attempt)
            take_verdict(s, j, check, now_ns);
        check_free(check);
    }
}

static int until_ms(int64_t due_ns)
{
    int64_t left_ms = (due_ns - clock_now_ns()) / MS_NS + 1;
    return left_ms > 0 ? (int)left_ms : 0;
}

// Rounds keep their pace however long they take.
static int sleep_ms(const struct supervisor *s)
{
    for (const struct live_job *j = s->live; j; j = j->next) {
        if (j->feed || j->ended_ns)
            return until_ms(s->round_ns + TICK_MS * MS_NS);
    }
    return s->live ? IDLE_MS : until_ms(s->prune_ns);
}

// Jobs that ended long ago are forgotten, a few in a round.
static void prune(struct supervisor *s, int64_t now_ns)
{
    uint32_t removed = 0;
    struct error err = {0};
    const struct jobs_keep keep = {
        .since_ms = s->o.keep_ms > 0 ? clock_wall_ms() - s->o.keep_ms : 0,
        .count = s->o.keep_count,
    };
    if (now_ns < s->prune_ns)
        return;
    if (jobs_prune(s->jobs, &keep, PRUNE_AT_ONCE, &removed, &err) != OK)
        log_line(LOG_WARN, "jobs that ended long ago are kept for now: %s", err.text);
    s->stats.pruned += removed;
    s->prune_ns = now_ns + (removed == PRUNE_AT_ONCE ? PRUNE_SOON_MS : PRUNE_MS) * MS_NS;
}

static void count_states(struct supervisor *s)
{
    static const enum job_state now[] = {JOB_QUEUED, JOB_STARTING, JOB_RUNNING, JOB_FINALIZING};
    for (size_t i = 0; i < sizeof(now) / sizeof(now[0]); i++)
        s->stats.jobs[now[i]] = 0;
    for (const struct live_job *j = s->live; j; j = j->next)
        s->stats.jobs[j->row.state] += !j->ended_ns;
    s->stats.commits = jobs_commits(s->jobs);
    s->stats.drifts = learning_drifts(s->learning);
}

static void tell_stats(struct supervisor *s, int64_t round_ns)
{
    count_states(s);
    (void)pthread_mutex_lock(&s->lock);
    int64_t longest_ns = s->told.longest_round_ns;
    s->told = s->stats;
    s->told.longest_round_ns = round_ns > longest_ns ? round_ns : longest_ns;
    (void)pthread_mutex_unlock(&s->lock);
}

static void round_once(struct supervisor *s)
{
    int64_t now_ns = clock_now_ns();
    s->round_ns = now_ns;
    answer_requests(s, now_ns);
    take_verdicts(s, now_ns);
    for (struct live_job *j = s->live; j; j = j->next)
        look_after(s, j, now_ns);
    serve_line(s, now_ns);
    tell_viewers(s, now_ns);
    answer_drains(s);
    prune(s, now_ns);
    tell_stats(s, clock_now_ns() - now_ns);
}

static bool is_stopping(struct supervisor *s)
{
    (void)pthread_mutex_lock(&s->lock);
    bool stopping = s->stopping;
    (void)pthread_mutex_unlock(&s->lock);
    return stopping;
}

static void *run(void *argument)
{
    struct supervisor *s = argument;
    while (!is_stopping(s)) {
        round_once(s);
        take_events(s, sleep_ms(s));
    }
    refuse_requests(s);
    write_views(s, true, clock_now_ns());
    return NULL;
}

// ---- start ----

static void wake(void *context)
{
    const struct supervisor *s = context;
    (void)eventfd_write(s->wake_fd, 1);
}

static void tell_nobody(void *context, const char *user, const struct job_snapshot *snapshot)
{
    (void)context;
    (void)user;
    (void)snapshot;
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void take_options(struct supervisor *s, const struct supervisor_options *options)
{
    struct supervisor_options *o = &s->o;
    *o = *options;
    o->data_dir = mem_strdup(options->data_dir);
    o->object_root = mem_strdup(options->object_root);
    o->program = mem_strdup(options->program ? options->program : "/proc/self/exe");
    o->model_dir = mem_strdup(options->model_dir);
    o->workers = (uint32_t)or_default(o->workers, 1);
    o->workers_per_user = (uint32_t)or_default(o->workers_per_user, o->workers);
    o->queue_per_user = (uint32_t)or_default(o->queue_per_user, 100);
    o->queue_limit = (uint32_t)or_default(o->queue_limit, 1000);
    o->retry.max_attempts = (uint32_t)or_default(o->retry.max_attempts, 3);
    o->retry.first_ms = or_default(o->retry.first_ms, 1000);
    o->retry.longest_ms = or_default(o->retry.longest_ms, 60000);
    o->silence_ms = or_default(o->silence_ms, 10000);
    o->stopped_ms = or_default(o->stopped_ms, 60000);
    o->lost_ms = or_default(o->lost_ms, 3600000);
    if (o->threads <= 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        o->threads = (int)or_default(processors / o->workers, 1);
    }
    if (!o->on_snapshot)
        o->on_snapshot = tell_nobody;
}

// Two supervisors on one folder would start each job twice.
static enum status lock_folder(struct supervisor *s, struct error *err)
{
    char *path AUTO(mem_free) = NULL;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 8192);
    if (mkdir(s->o.data_dir, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "make the folder %s", s->o.data_dir);
    buffer_printf(&text, "%s/lock", s->o.data_dir);
    path = buffer_take(&text);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return error_set_errno(err, errno, "open %s", path);
    // A process that died may have left a worker at its gate, which holds the lock until it ends.
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    for (int waited_ms = 0; fcntl(s->lock_fd, F_OFD_SETLK, &whole) != 0; waited_ms += 10) {
        if (waited_ms >= LOCK_MS)
            return error_set(err, ERR_CONFLICT, "another server works in %s", s->o.data_dir);
        (void)usleep(10000);
    }
    return OK;
}

static enum status open_table(struct supervisor *s, struct error *err)
{
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, 8192);
    buffer_printf(&path, "%s/headway.db", s->o.data_dir);
    enum status status = jobs_open(buffer_string(&path), &s->jobs, err);
    if (status == OK)
        s->learning = learning_new(buffer_string(&path));
    return status;
}

static enum status make_descriptors(struct supervisor *s, struct error *err)
{
    struct epoll_event event = {.events = EPOLLIN};
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->wake_fd < 0 || s->epoll_fd < 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->wake_fd, &event) != 0)
        return error_set_errno(err, errno, "make what wakes the supervisor");
    return OK;
}

static enum status set_up(struct supervisor *s, struct error *err)
{
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, 8192);
    buffer_printf(&path, "%s/spool", s->o.data_dir);
    s->spool_dir = buffer_take(&path);
    enum status status = lock_folder(s, err);
    if (status == OK)
        status = spool_make(s->spool_dir, err);
    if (status == OK)
        status = open_table(s, err);
    if (status == OK)
        status = make_descriptors(s, err);
    if (status != OK)
        return status;
    s->checker = checker_new(s->o.storage, check_patience_ns, wake, s);
    if (s->o.object_root) {
        struct check sweep = {.where = mem_strdup(s->o.object_root), .sweep = true};
        s->sweeper = checker_new(s->o.storage, check_patience_ns, wake, s);
        checker_ask(s->sweeper, &sweep);
    }
    status = recover(s, err);
    if (status == OK)
        tell_stats(s, 0);
    return status;
}

enum status supervisor_new(const struct supervisor_options *options, struct supervisor **ret,
                           struct error *err)
{
    struct supervisor *s = mem_new(struct supervisor);
    s->lock_fd = s->wake_fd = s->epoll_fd = -1;
    s->inbox_last = &s->inbox;
    s->random = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 32;
    (void)pthread_mutex_init(&s->lock, NULL);
    take_options(s, options);
    *ret = NULL;
    enum status status = set_up(s, err);
    if (status == OK && pthread_create(&s->thread, NULL, run, s) != 0)
        status = error_set(err, ERR_UNAVAILABLE, "no thread for the supervisor");
    if (status != OK) {
        supervisor_free(s);
        return status;
    }
    s->has_thread = true;
    *ret = s;
    return OK;
}

// ---- end ----

static void stop(struct supervisor *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_mutex_unlock(&s->lock);
    if (!s->has_thread)
        return;
    wake(s);
    (void)pthread_join(s->thread, NULL);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void supervisor_free(struct supervisor *s)
{
    if (!s)
        return;
    stop(s);
    checker_free(s->checker);
    checker_free(s->sweeper);
    while (s->live)
        remove_live(s, s->live);
    learning_free(s->learning);
    jobs_free(s->jobs);
    close_fd(s->epoll_fd);
    close_fd(s->wake_fd);
    close_fd(s->lock_fd);
    (void)pthread_mutex_destroy(&s->lock);
    free((void *)(uintptr_t)s->o.data_dir);
    free((void *)(uintptr_t)s->o.object_root);
    free((void *)(uintptr_t)s->o.program);
    free((void *)(uintptr_t)s->o.model_dir);
    free(s->spool_dir);
    free(s);
}

void supervisor_stats(struct supervisor *s, struct supervisor_stats *ret)
{
    (void)pthread_mutex_lock(&s->lock);
    *ret = s->told;
    s->told.longest_round_ns = 0;
    (void)pthread_mutex_unlock(&s->lock);
}
