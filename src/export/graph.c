// SPDX-License-Identifier: GPL-3.0-or-later
// graph.c — see graph.h.
#include "export/graph.h"

#include <assert.h>
#include <pthread.h>

struct graph {
    struct cancel *cancel;
    pthread_mutex_t lock;
    // -- protected by lock
    bool failed;
    struct error error; // the first one; meaningless unless failed
};

struct running {
    const struct stage *stage;
    struct graph *graph;
    pthread_t thread;
};

// Keeps the first error. A stage that ended because of the cancel has none of its own to keep.
static void keep_error(struct graph *graph, const struct error *error)
{
    (void)pthread_mutex_lock(&graph->lock);
    bool echo = error->status == ERR_CANCELLED && cancel_fired(graph->cancel);
    if (!graph->failed && !echo) {
        graph->failed = true;
        graph->error = *error;
    }
    (void)pthread_mutex_unlock(&graph->lock);
    cancel_fire(graph->cancel);
}

static void *run_stage(void *argument)
{
    struct running *running = argument;
    struct error error = {0};
    (void)pthread_setname_np(pthread_self(), running->stage->name);
    if (running->stage->run(running->stage->context, &error) == OK)
        return NULL;
    assert(error.status != OK); // a stage that fails says why
    keep_error(running->graph, &error);
    return NULL;
}

enum status graph_run(const struct stage *stages, int count, struct cancel *cancel,
                      struct error *err)
{
    assert(count <= GRAPH_MAX_STAGES);
    struct graph graph = {.cancel = cancel};
    struct running running[GRAPH_MAX_STAGES];
    (void)pthread_mutex_init(&graph.lock, NULL);
    int started = 0;
    for (; started < count; started++) {
        running[started] = (struct running){.stage = &stages[started], .graph = &graph};
        int rc = pthread_create(&running[started].thread, NULL, run_stage, &running[started]);
        if (rc == 0)
            continue;
        struct error error;
        (void)error_set_errno(&error, rc, "start the %s stage", stages[started].name);
        keep_error(&graph, &error);
        break;
    }
    for (int i = 0; i < started; i++)
        (void)pthread_join(running[i].thread, NULL);
    (void)pthread_mutex_destroy(&graph.lock);
    if (graph.failed) {
        if (err)
            *err = graph.error;
        return graph.error.status;
    }
    return cancel_check(cancel, err);
}
