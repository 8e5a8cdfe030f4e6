// SPDX-License-Identifier: GPL-3.0-or-later
// submit.c — `headway submit TYPE`: give an export to a server.
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/follow.h"
#include "cli/spec_flags.h"
#include "job/spec.h"

enum { KEY_SPEC = 's', KEY_WATCH = 'w', KEY_KEY = 0x3100, KEY_PRIORITY };

struct arguments {
    struct remote remote;
    const char *type;
    const char *spec_path;
    const char *key;
    long priority;
    bool watch;
    struct spec_flags flags;
};

static const struct argp_option own_options[] = {
    {"spec", KEY_SPEC, "FILE", 0,
     "Read the export from a JSON file (- for standard input); flags replace its fields", 0},
    {"watch", KEY_WATCH, NULL, 0, "Stay until it has ended", 0},
    {"key", KEY_KEY, "TEXT", 0, "Idempotency key: the same one gives the same job again", 0},
    {"priority", KEY_PRIORITY, "N", 0, "From -100 to 100; higher runs sooner (default: 0)", 0},
};
enum { OWN_OPTIONS = sizeof(own_options) / sizeof(own_options[0]) };

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    char *end = NULL;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->remote;
        return 0;
    case KEY_SPEC:
        a->spec_path = argument;
        return 0;
    case KEY_WATCH:
        a->watch = true;
        return 0;
    case KEY_KEY:
        a->key = argument;
        return 0;
    case KEY_PRIORITY:
        a->priority = strtol(argument, &end, 10);
        if (end == argument || *end != '\0' || labs(a->priority) > 100)
            argp_error(state, "--priority: expected a number from -100 to 100, got %s", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (a->type)
            argp_error(state, "one TYPE at a time: %s, %s", a->type, argument);
        a->type = argument;
        return 0;
    case ARGP_KEY_END:
        if (!a->type && !a->spec_path)
            argp_error(state, "say what to run: a TYPE such as framing_ai, or --spec FILE");
        return 0;
    default:
        return spec_flags_take(&a->flags, key, argument) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    static const struct argp_child children[] = {{&remote_argp, 0, NULL, 0}, {0}};
    struct argp_option options[OWN_OPTIONS + SPEC_FLAG_COUNT + 1] = {0};
    memcpy(options, own_options, sizeof(own_options));
    spec_flags_options(options + OWN_OPTIONS);
    const struct argp argp = {
        .options = options,
        .parser = take_option,
        .args_doc = "[TYPE]",
        .doc = "Give an export to a server; its id is printed.\v"
               "Inputs and outputs are keys of objects in the server's store.",
        .children = children,
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

static enum status submit(const struct arguments *a, struct api *api, struct job_snapshot *ret,
                          struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, (size_t)2 * SPEC_MAX_TEXT_BYTES);
    enum status status = spec_flags_read(&a->flags, a->type, a->spec_path, &text, err);
    if (status != OK)
        return status;
    const struct api_submit ask = {
        .spec = buffer_string(&text),
        .spec_bytes = text.size,
        .idempotency_key = a->key,
        .priority = (int)a->priority,
    };
    return api_submit(api, &ask, ret, err);
}

int command_submit(int argc, char **argv)
{
    struct arguments a = {0};
    struct api *api AUTO(api_free) = NULL;
    struct job_snapshot snapshot;
    struct error err = {0};
    parse_arguments(argc, argv, &a);
    if (remote_open(&a.remote, &api, &err) != OK || submit(&a, api, &snapshot, &err) != OK)
        return remote_fail(&err);
    if (a.remote.json)
        remote_print_json(&snapshot);
    else
        (void)printf("%s\n", snapshot.job);
    (void)fflush(stdout);
    const char *job = snapshot.job;
    return a.watch ? follow_jobs(&a.remote, api, &job, 1) : 0;
}
