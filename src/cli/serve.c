// SPDX-License-Identifier: GPL-3.0-or-later
// serve.c — `headway serve`: takes exports over HTTP, runs them, shows how far they are.
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/networks.h"
#include "cli/serve_options.h"
#include "cli/trace_folder.h"
#include "server/secret.h"
#include "server/server.h"
#include "storage/storage.h"
#include "sys/log.h"
#include "sys/signal_watch.h"

enum { KEY_CONFIG = 'c' };

struct arguments {
    struct config config;
    const char *path; // of the file
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct arguments *a = state->input;
    if (key == KEY_CONFIG) {
        a->path = argument;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument %s", argument);
    return config_take(&a->config, key, argument) ? 0 : ARGP_ERR_UNKNOWN;
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
    struct argp_option options[CONFIG_MAX_ROWS + 2] = {
        {"config", KEY_CONFIG, "FILE", 0, "Read options from a file, a line \"name = value\" each",
         0}};
    char(*help)[CONFIG_HELP] AUTO(mem_free) = mem_zeroed(CONFIG_MAX_ROWS, CONFIG_HELP);
    config_options(&a->config, options + 1, help);
    const struct argp argp = {
        .options = options,
        .parser = take_option,
        .doc =
            "Take exports over HTTP, run them, and show everybody how far they are.\v"
            "Every option can also be set by a variable (--max-jobs: HEADWAY_MAX_JOBS) or in the "
            "file of --config; flags win over variables, variables over the file.",
    };
    (void)argp_parse(&argp, argc, argv, 0, NULL, a);
}

// The page that comes with the program: where it is installed, or beside the folder of the build.
static char *own_page(void)
{
    static const char *const folders[] = {"../share/headway/web", "../../share/web"};
    char program[4096] = "";
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *slash = n > 0 ? strrchr(program, '/') : NULL;
    if (slash)
        *slash = '\0';
    for (size_t i = 0; slash && i < sizeof(folders) / sizeof(folders[0]); i++) {
        struct buffer path BUFFER_AUTO;
        buffer_init(&path, sizeof(program) + 64);
        buffer_printf(&path, "%s/%s", program, folders[i]);
        if (access(buffer_string(&path), R_OK | X_OK) == 0)
            return buffer_take(&path);
    }
    return NULL;
}

static enum status check_settings(const struct serve_settings *s, struct error *err)
{
    if ((s->server.tls_cert == NULL) != (s->server.tls_key == NULL))
        return error_set(err, ERR_USAGE, "tls-cert and tls-key: expected both, or none");
    return OK;
}

static void print_address(const struct serve_settings *settings, const struct server *server)
{
    (void)printf("%s://%s\n", settings->server.tls_cert ? "https" : "http", server_address(server));
    (void)fflush(stdout);
}

// Jobs fail one by one without them, which somebody who starts a server would like to know before.
static void warn_of_missing_networks(const struct serve_settings *s)
{
    struct error err = {0};
    struct buffer found BUFFER_AUTO;
    struct buffer missing BUFFER_AUTO;
    buffer_init(&found, 1024);
    buffer_init(&missing, 1024);
    if (!s->worker_program && networks_look(s->model_dir, &found, &missing, &err) != OK)
        log_line(LOG_WARN, "exports that need one of %s will fail: %s", buffer_string(&missing),
                 err.text);
}

// A trace that cannot be kept is told, and is no failure: the job has ended well without it.
static void keep_trace(void *context, const char *text, size_t n)
{
    const struct trace_folder *folder = context;
    struct error err = {0};
    if (trace_folder_add(folder, text, n, &err) != OK)
        log_line(LOG_WARN, "the trace of a job is not recorded: %s", err.text);
}

static enum status serve(const struct serve_settings *settings, struct cancel *stop,
                         struct error *err)
{
    struct supervisor_options jobs;
    struct storage *storage AUTO(storage_free) = NULL;
    struct server *server AUTO(server_free) = NULL;
    struct trace_folder traces = {settings->traces, settings->trace_bytes};
    struct supervisor *supervisor AUTO(supervisor_free) = NULL;
    serve_export_store(settings);
    enum status status = OK;
    if (settings->traces && trace_folder_make(&traces, err) != OK)
        return error_wrap(err, "traces");
    status = storage_new(NULL, &storage, err);
    if (status == OK)
        status = server_new(&settings->server, storage, &server, err);
    if (status != OK)
        return status;
    serve_supervisor_options(settings, &jobs);
    jobs.object_root = server_object_root(server);
    jobs.storage = storage;
    jobs.hash = secret_digest;
    jobs.on_snapshot = server_on_snapshot;
    jobs.context = server;
    jobs.on_trace = settings->traces ? keep_trace : NULL;
    jobs.trace_context = &traces;
    status = supervisor_new(&jobs, &supervisor, err);
    if (status != OK)
        return status;
    warn_of_missing_networks(settings);
    print_address(settings, server);
    return server_run(server, supervisor, stop, err);
}

int command_serve(int argc, char **argv)
{
    struct serve_settings settings = {0};
    struct arguments arguments = {0};
    struct error err = {0};
    struct config_row rows[CONFIG_MAX_ROWS];
    config_init(&arguments.config, rows, serve_option_rows(rows), &settings);
    parse_arguments(argc, argv, &arguments);
    struct cancel *stop AUTO(cancel_free) = cancel_new();
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(stop);
    enum status status = config_apply(&arguments.config, arguments.path, &err);
    if (status == OK)
        status = check_settings(&settings, &err);
    char *page AUTO(mem_free) = settings.server.web_dir ? NULL : own_page();
    if (page)
        settings.server.web_dir = page;
    else if (settings.server.web_dir && strcmp(settings.server.web_dir, "none") == 0)
        settings.server.web_dir = NULL;
    if (status == OK)
        status = serve(&settings, stop, &err);
    config_done(&arguments.config);
    if (status == OK)
        return 0;
    log_line(LOG_ERROR, "%s", err.text);
    return status_info(status)->exit_code;
}
