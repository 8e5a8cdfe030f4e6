// SPDX-License-Identifier: GPL-3.0-or-later
// remote.c — see remote.h.
#include "cli/remote.h"

#include <stdlib.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/log.h"

enum { KEY_SERVER = 0x3000, KEY_JSON = 'j' };

static const struct argp_option options[] = {
    {"server", KEY_SERVER, "URL", 0,
     "The server (default: $HEADWAY_SERVER, then http://127.0.0.1:8080); its token is taken from "
     "$HEADWAY_TOKEN",
     0},
    {"json", KEY_JSON, NULL, 0, "Print JSON lines for programs", 0},
    {0},
};

// NOLINTNEXTLINE(readability-non-const-parameter): argp wants this type
static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct remote *remote = state->input;
    switch (key) {
    case KEY_SERVER:
        remote->server = argument;
        return 0;
    case KEY_JSON:
        remote->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp remote_argp = {.options = options, .parser = take_option};

enum status remote_open(const struct remote *remote, struct api **ret, struct error *err)
{
    const char *server = remote->server ? remote->server : getenv("HEADWAY_SERVER");
    const struct api_options o = {
        .server = server && server[0] ? server : "http://127.0.0.1:8080",
        .token = getenv("HEADWAY_TOKEN"),
    };
    return api_new(&o, ret, err);
}

void remote_print_json(const struct job_snapshot *snapshot)
{
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(snapshot, &line);
    buffer_text(&line, "\n");
    (void)!file_write_fd(STDOUT_FILENO, "standard output", line.data, line.size, NULL);
}

int remote_fail(const struct error *err)
{
    log_line(LOG_ERROR, "%s", err->text);
    if (err->detail[0] != '\0')
        log_line(LOG_DEBUG, "%s", err->detail);
    return status_info(err->status)->exit_code;
}
