// SPDX-License-Identifier: GPL-3.0-or-later
// jobs_commands.c — `headway watch`, `list`, `cancel`, `retry`: about jobs that a server has.
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/follow.h"

enum { KEY_STATE = 0x3200, KEY_LIMIT, KEY_WAIT = 'w', PAGE = 200 };

struct arguments {
    struct remote remote;
    const char *state;
    long limit;
    bool wait;
    const char **jobs; // ids, as given
    size_t job_count;
    bool needs_job;
    bool takes_jobs;
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    char *end = NULL;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->remote;
        return 0;
    case KEY_STATE:
        if (strcmp(argument, "all") != 0 && strcmp(argument, "active") != 0 &&
            strcmp(argument, "ended") != 0)
            argp_error(state, "--state: expected all, active or ended, got %s", argument);
        a->state = argument;
        return 0;
    case KEY_LIMIT:
        a->limit = strtol(argument, &end, 10);
        if (end == argument || *end != '\0' || a->limit < 1 || a->limit > 1000000)
            argp_error(state, "--limit: expected a number from 1 to 1000000, got %s", argument);
        return 0;
    case KEY_WAIT:
        a->wait = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!a->takes_jobs)
            argp_error(state, "unexpected argument %s", argument);
        a->jobs = mem_resize(a->jobs, a->job_count + 1, sizeof(a->jobs[0]));
        a->jobs[a->job_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->needs_job && a->job_count == 0)
            argp_error(state, "expected the ID of a job; `headway list` tells them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse(int argc, char **argv, const struct argp_option *options, const char *arguments,
                  const char *doc, struct arguments *a)
{
    static const struct argp_child children[] = {{&remote_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = take_option,
        .args_doc = arguments,
        .doc = doc,
        .children = children,
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

// ---- list ----

static void print_row(const struct job_snapshot *s)
{
    double percent = floor(s->progress.fraction * 1000) / 10;
    const char *words = s->has_error ? s->error.text : s->message;
    (void)printf("%-24s  %-10s %5.1f %%  %-20s  %s\n", s->job, job_state_name(s->state), percent,
                 export_info(s->progress.type)->name, words);
}

// Calls `each` with up to `limit` jobs, the newest first.
static enum status for_each_job(struct api *api, const char *state, long limit,
                                void (*each)(void *context, const struct job_snapshot *s),
                                void *context, struct error *err)
{
    uint64_t before = 0;
    bool more = true;
    while (more && limit > 0) {
        struct api_page page;
        uint32_t ask = (uint32_t)(limit < PAGE ? limit : PAGE);
        enum status status = api_list(api, state, ask, before, &page, err);
        if (status != OK)
            return status;
        for (size_t i = 0; i < page.count; i++)
            each(context, &page.jobs[i]);
        limit -= (long)page.count;
        more = page.has_more && page.count > 0;
        before = page.next;
        free(page.jobs);
    }
    return OK;
}

static void list_one(void *context, const struct job_snapshot *s)
{
    const struct remote *remote = context;
    if (remote->json)
        remote_print_json(s);
    else
        print_row(s);
}

int command_list(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"state", KEY_STATE, "STATE", 0, "all, active or ended (default: all)", 0},
        {"limit", KEY_LIMIT, "N", 0, "At most so many, the newest (default: 50)", 0},
        {0},
    };
    struct arguments a = {.state = "all", .limit = 50};
    struct api *api AUTO(api_free) = NULL;
    struct error err = {0};
    parse(argc, argv, options, NULL, "List the jobs of a server, the newest first.", &a);
    if (remote_open(&a.remote, &api, &err) != OK ||
        for_each_job(api, a.state, a.limit, list_one, &a.remote, &err) != OK)
        return remote_fail(&err);
    return 0;
}

// ---- watch ----

static void note_id(void *context, const struct job_snapshot *s)
{
    struct arguments *a = context;
    a->jobs = mem_resize(a->jobs, a->job_count + 1, sizeof(a->jobs[0]));
    a->jobs[a->job_count++] = mem_strdup(s->job);
}

int command_watch(int argc, char **argv)
{
    struct arguments a = {.takes_jobs = true};
    struct api *api AUTO(api_free) = NULL;
    struct error err = {0};
    parse(argc, argv, NULL, "[ID...]",
          "Watch jobs of a server until they have ended; without IDs all that have not.", &a);
    bool all = a.job_count == 0;
    int code = 0;
    if (remote_open(&a.remote, &api, &err) != OK ||
        (all && for_each_job(api, "active", PAGE, note_id, &a, &err) != OK))
        code = remote_fail(&err);
    else if (a.job_count > 0)
        code = follow_jobs(&a.remote, api, a.jobs, a.job_count);
    else
        (void)fprintf(stderr, "No job waits or runs.\n");
    for (size_t i = 0; all && i < a.job_count; i++)
        free((void *)(uintptr_t)a.jobs[i]);
    free(a.jobs);
    return code;
}

// ---- cancel, retry ----

typedef enum status ask_fn(struct api *api, const char *job, struct job_snapshot *ret,
                           struct error *err);

static void print_answer(const struct remote *remote, const struct job_snapshot *s,
                         const char *words)
{
    if (remote->json)
        remote_print_json(s);
    else
        (void)printf("%s %s\n", s->job, words ? words : job_state_name(s->state));
}

// Asks the same of every job named; goes on after a failure.
static int ask_each(const struct arguments *a, struct api *api, ask_fn *ask,
                    const char *(*words)(const struct job_snapshot *s))
{
    int code = 0;
    for (size_t i = 0; i < a->job_count; i++) {
        struct job_snapshot snapshot;
        struct error err = {0};
        if (ask(api, a->jobs[i], &snapshot, &err) == OK)
            print_answer(&a->remote, &snapshot, words(&snapshot));
        else
            code = remote_fail(&err);
    }
    return code;
}

static const char *cancel_words(const struct job_snapshot *s)
{
    return job_state_terminal(s->state) ? NULL : "is being cancelled";
}

static const char *retry_words(const struct job_snapshot *s)
{
    (void)s;
    return "is the new job";
}

int command_cancel(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"wait", KEY_WAIT, NULL, 0, "Stay until the work has really stopped", 0},
        {0},
    };
    struct arguments a = {.takes_jobs = true, .needs_job = true};
    struct api *api AUTO(api_free) = NULL;
    struct error err = {0};
    parse(argc, argv, options, "ID...", "Cancel jobs of a server.", &a);
    int code = remote_open(&a.remote, &api, &err) == OK
                   ? ask_each(&a, api, api_cancel, cancel_words)
                   : remote_fail(&err);
    if (code == 0 && a.wait) {
        code = follow_jobs(&a.remote, api, a.jobs, a.job_count);
        code = code == status_info(ERR_CANCELLED)->exit_code ? 0 : code; // as was wished
    }
    free(a.jobs);
    return code;
}

int command_retry(int argc, char **argv)
{
    struct arguments a = {.takes_jobs = true, .needs_job = true};
    struct api *api AUTO(api_free) = NULL;
    struct error err = {0};
    parse(argc, argv, NULL, "ID...",
          "Run jobs of a server again that failed or were cancelled; the ids of the new ones are "
          "printed.",
          &a);
    int code = remote_open(&a.remote, &api, &err) == OK ? ask_each(&a, api, api_retry, retry_words)
                                                        : remote_fail(&err);
    free(a.jobs);
    return code;
}
