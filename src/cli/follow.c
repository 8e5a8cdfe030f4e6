// SPDX-License-Identifier: GPL-3.0-or-later
// follow.c — see follow.h.
#include "cli/follow.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/bars.h"
#include "client/watch.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/signal_watch.h"

enum { STEP_MS = 100 };

struct followed {
    const char *job;
    struct watch *watch;
    struct watch_view view;
    uint64_t printed_seq;
    bool told; // its end
    char eta[SNAPSHOT_ETA_TEXT + 8];
};

struct follow {
    const struct remote *remote;
    struct followed *all;
    size_t count;
    struct bars bars;
};

static void print_news(struct followed *f)
{
    const struct job_snapshot *s = &f->view.snapshot;
    if (!f->view.known || s->seq == f->printed_seq)
        return;
    f->printed_seq = s->seq;
    remote_print_json(s);
}

static struct bars_row row_of(struct followed *f)
{
    const struct job_snapshot *s = &f->view.snapshot;
    f->eta[0] = '\0';
    if (s->eta_text[0] && !job_state_terminal(s->state) && f->view.connected)
        (void)snprintf(f->eta, sizeof(f->eta), "%s left", s->eta_text);
    return (struct bars_row){
        .name = f->job,
        .view = {.snapshot = &s->progress,
                 .message = f->view.known ? s->message : "",
                 .eta = f->eta,
                 .notice = f->view.over || f->view.connected ? "" : "connecting…"},
    };
}

static void show_bars(struct follow *follow, int64_t now_ns)
{
    struct bars_row *rows AUTO(mem_free) = mem_zeroed(follow->count, sizeof(struct bars_row));
    for (size_t i = 0; i < follow->count; i++)
        rows[i] = row_of(&follow->all[i]);
    bars_show(&follow->bars, rows, now_ns);
}

// True when there is nothing more to wait for.
static bool step(struct follow *follow)
{
    int64_t now_ns = clock_now_ns();
    bool over = true;
    for (size_t i = 0; i < follow->count; i++) {
        struct followed *f = &follow->all[i];
        watch_look(f->watch, now_ns, &f->view);
        over = over && f->view.over;
        if (follow->remote->json)
            print_news(f);
    }
    if (!follow->remote->json)
        show_bars(follow, now_ns);
    return over;
}

// One line for each job that people have watched, and its exit code.
static int conclude(const struct follow *follow, const struct followed *f)
{
    char size[16];
    const struct job_snapshot *s = &f->view.snapshot;
    if (!f->view.known || !job_state_terminal(s->state))
        return f->view.error.status ? remote_fail(&f->view.error) : 0;
    if (s->state != JOB_COMPLETE) {
        log_line(LOG_ERROR, "%s: %s", f->job, s->error.text);
        return status_info(s->error.code)->exit_code;
    }
    if (!follow->remote->json)
        (void)fprintf(stderr, " ✓ %s  %s  %s\n", f->job,
                      s->result.output[0] ? s->result.output : "done",
                      s->result.output[0] ? text_bytes(size, s->result.bytes) : "");
    return 0;
}

static int run(struct follow *follow)
{
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct signal_watch *signals AUTO(signal_watch_free) = signal_watch_new(cancel);
    int code = 0;
    while (!cancel_fired(cancel) && !step(follow)) {
        struct pollfd stop = {.fd = cancel_fd(cancel), .events = POLLIN};
        (void)poll(&stop, 1, STEP_MS);
    }
    if (!follow->remote->json)
        bars_clear(&follow->bars);
    if (cancel_fired(cancel)) {
        log_line(LOG_WARN, "the jobs go on; `headway cancel ID` stops one");
        return status_info(ERR_CANCELLED)->exit_code;
    }
    for (size_t i = 0; i < follow->count; i++) {
        int own = conclude(follow, &follow->all[i]);
        code = code ? code : own;
    }
    return code;
}

int follow_jobs(const struct remote *remote, struct api *api, const char *const *jobs, size_t count)
{
    struct follow follow = {.remote = remote, .count = count};
    follow.all = mem_zeroed(count, sizeof(struct followed));
    bars_init(&follow.bars, STDERR_FILENO, count);
    for (size_t i = 0; i < count; i++) {
        follow.all[i].job = jobs[i];
        follow.all[i].watch = watch_new(api, jobs[i]);
    }
    int code = run(&follow);
    for (size_t i = 0; i < count; i++)
        watch_free(follow.all[i].watch);
    bars_done(&follow.bars);
    free(follow.all);
    return code;
}
