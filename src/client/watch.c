// SPDX-License-Identifier: GPL-3.0-or-later
// watch.c — see watch.h.
#include "client/watch.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/text.h"
#include "client/sse.h"
#include "progress/display.h"
#include "sys/clock.h"

#define SECOND_NS 1e9
enum { FIRST_WAIT_MS = 250, LONGEST_WAIT_MS = 10000 };
static const double due_s = 1; // between two snapshots, at most

struct watch {
    struct api *api;
    char job[EVENT_MAX_NAME];
    struct cancel *stop;
    pthread_t thread;
    struct sse sse;               // -- owned by the thread
    struct job_snapshot snapshot; // -- owned by the thread: all that was told
    bool heard;                   // -- owned by the thread: this connection has told something
    pthread_mutex_t lock;
    // -- protected by lock
    struct watch_view view;
    int64_t heard_ns; // when the newest snapshot came
    double shown;     // the bar, at its furthest
};

// Final: asking again would be answered in the same way.
static bool is_final(const struct error *err)
{
    return err->status == ERR_NOT_FOUND || err->status == ERR_PERMISSION ||
           err->status == ERR_INVALID || err->status == ERR_USAGE;
}

static bool on_data(void *context, const char *data, size_t n)
{
    struct watch *w = context;
    if (snapshot_json_apply(&w->snapshot, data, n, NULL) != OK)
        return true; // from a newer server, perhaps; the next may be of use
    w->heard = true;
    bool over = job_state_terminal(w->snapshot.state) &&
                (w->snapshot.state != JOB_COMPLETE || w->snapshot.progress.fraction >= 1);
    (void)pthread_mutex_lock(&w->lock);
    w->view.snapshot = w->snapshot;
    w->view.known = w->view.connected = true;
    w->view.error = (struct error){0};
    w->view.over = over;
    w->heard_ns = clock_now_ns();
    (void)pthread_mutex_unlock(&w->lock);
    return !over;
}

static bool take(void *context, const char *bytes, size_t n)
{
    struct watch *w = context;
    return sse_bytes(&w->sse, bytes, n);
}

// Returns whether there is a point in trying again.
static bool note_break(struct watch *w, const struct error *err)
{
    (void)pthread_mutex_lock(&w->lock);
    w->view.connected = false;
    if (!w->view.over)
        w->view.error = *err;
    w->view.over = w->view.over || is_final(err);
    bool again = !w->view.over && !cancel_fired(w->stop);
    (void)pthread_mutex_unlock(&w->lock);
    return again;
}

static void *follow(void *argument)
{
    struct watch *w = argument;
    int wait_ms = FIRST_WAIT_MS;
    for (;;) {
        struct error err = {0};
        sse_restart(&w->sse);
        w->heard = false;
        (void)!api_events(w->api, w->job, w->stop, take, w, &err);
        if (!note_break(w, &err))
            return NULL;
        wait_ms = w->heard ? FIRST_WAIT_MS : wait_ms;
        struct pollfd stop = {.fd = cancel_fd(w->stop), .events = POLLIN};
        (void)poll(&stop, 1, wait_ms);
        wait_ms = wait_ms * 2 < LONGEST_WAIT_MS ? wait_ms * 2 : LONGEST_WAIT_MS;
    }
}

struct watch *watch_new(struct api *api, const char *job)
{
    struct watch *w = mem_new(struct watch);
    w->api = api;
    (void)text_copy(w->job, sizeof(w->job), job);
    w->stop = cancel_new();
    sse_init(&w->sse, SNAPSHOT_MAX_TEXT, on_data, w);
    (void)pthread_mutex_init(&w->lock, NULL);
    if (pthread_create(&w->thread, NULL, follow, w) != 0)
        abort();
    return w;
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    cancel_fire(w->stop);
    (void)pthread_join(w->thread, NULL);
    cancel_free(w->stop);
    sse_done(&w->sse);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

void watch_look(struct watch *w, int64_t now_ns, struct watch_view *ret)
{
    (void)pthread_mutex_lock(&w->lock);
    *ret = w->view;
    struct snapshot *p = &ret->snapshot.progress;
    double since_s = (double)(now_ns - w->heard_ns) / SECOND_NS;
    if (ret->known && !job_state_terminal(ret->snapshot.state))
        p->fraction = display_coast(p->fraction, p->speed, since_s, due_s);
    if (p->fraction > w->shown)
        w->shown = p->fraction;
    p->fraction = w->shown;
    (void)pthread_mutex_unlock(&w->lock);
}
