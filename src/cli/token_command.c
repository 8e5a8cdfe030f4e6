// SPDX-License-Identifier: GPL-3.0-or-later
// token_command.c — `headway token add|list|remove`: who may use the server of a data folder.
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/command.h"
#include "history/tokens.h"
#include "server/access.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { KEY_DATA = 'd', KEY_NOTE = 'n' };

struct arguments {
    const char *data_dir, *note;
    const char *words[2]; // add NAME, list, remove ID
    int count;
};

static const struct argp_option options[] = {
    {"data", KEY_DATA, "DIR", 0, "The server's folder (default: $HEADWAY_DATA, then headway-data)",
     0},
    {"note", KEY_NOTE, "TEXT", 0, "With add: what the token is for", 0},
    {0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case KEY_DATA:
        a->data_dir = argument;
        return 0;
    case KEY_NOTE:
        if (strlen(argument) > TOKEN_MAX_NOTE)
            argp_error(state, "--note: expected at most %d bytes", TOKEN_MAX_NOTE);
        a->note = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (a->count == 2)
            argp_error(state, "unexpected argument %s", argument);
        a->words[a->count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->count == 0)
            argp_error(state, "expected add USER, list, or remove ID");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status open_database(const char *data_dir, struct db **ret, struct error *err)
{
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, 4096);
    if (mkdir(data_dir, 0777) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "make the folder %s", data_dir);
    buffer_printf(&path, "%s/headway.db", data_dir);
    const struct db_options where = {.path = buffer_string(&path), .durable = true};
    return db_open(&where, ret, err);
}

static enum status add(struct db *db, const struct arguments *a, struct error *err)
{
    struct token_row row = {.created_ms = clock_wall_ms()};
    char token[TOKEN_TEXT];
    int64_t id = 0;
    if (!a->words[1] || !text_copy(row.user, sizeof(row.user), a->words[1]))
        return error_set(err, ERR_USAGE, "token add: expected the name of a user, at most %d bytes",
                         USER_NAME_MAX);
    if (a->note)
        (void)text_copy(row.note, sizeof(row.note), a->note);
    token_new(token, row.hash);
    enum status status = tokens_add(db, &row, &id, err);
    if (status != OK)
        return status;
    (void)printf("%s\n", token);
    (void)fprintf(stderr,
                  "Token %lld of %s. It is shown this once; only a digest of it is stored.\n",
                  (long long)id, row.user);
    return OK;
}

static void print_row(void *context, const struct token_row *row)
{
    (void)context;
    char date[32];
    time_t seconds = (time_t)(row->created_ms / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    (void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
    (void)printf("%lld\t%s\t%s\t%s\n", (long long)row->id, row->user, date, row->note);
}

static enum status remove_token(struct db *db, const struct arguments *a, struct error *err)
{
    char *end = NULL;
    const char *text = a->words[1] ? a->words[1] : "";
    long long id = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
        return error_set(err, ERR_USAGE,
                         "token remove: expected the number that `headway token list` shows");
    return tokens_remove(db, id, err);
}

static enum status run(const struct arguments *a, struct error *err)
{
    struct db *db AUTO(db_free) = NULL;
    enum status status = open_database(a->data_dir, &db, err);
    if (status != OK)
        return status;
    if (strcmp(a->words[0], "add") == 0)
        return add(db, a, err);
    if (strcmp(a->words[0], "list") == 0)
        return tokens_each(db, print_row, NULL, err);
    if (strcmp(a->words[0], "remove") == 0)
        return remove_token(db, a, err);
    return error_set(err, ERR_USAGE, "token: expected add USER, list, or remove ID, got %s",
                     a->words[0]);
}

int command_token(int argc, char **argv)
{
    const char *data_dir = getenv("HEADWAY_DATA");
    struct arguments a = {.data_dir = data_dir && data_dir[0] ? data_dir : "headway-data"};
    struct error err = {0};
    static const struct argp argp = {
        .options = options,
        .parser = take_option,
        .args_doc = "add USER | list | remove ID",
        .doc = "Tokens of a server. Each belongs to a user, who sees only their own exports and "
               "objects. A server that runs knows of a change within a second.",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &a);
    enum status status = run(&a, &err);
    if (status == OK)
        return 0;
    log_line(LOG_ERROR, "%s", err.text);
    return status_info(status)->exit_code;
}
