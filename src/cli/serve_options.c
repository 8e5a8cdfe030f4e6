// SPDX-License-Identifier: GPL-3.0-or-later
// serve_options.c — see serve_options.h. docs/server.md is checked against this table.
#include "cli/serve_options.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct serve_settings, member)
#define MANY 1000000
#define BYTES_MAX INT64_C(1000000000000000)
#define WEEK_S 604800
#define DAY_MS INT64_C(86400000)

static const struct config_row own_rows[] = {
    {"listen", "HOST:PORT", CONFIG_TEXT, AT(server.listen), 0, 0, "127.0.0.1:8080",
     "Where to listen; beyond this machine only with a token"},
    {"data", "DIR", CONFIG_TEXT, AT(server.data_dir), 0, 0, "headway-data",
     "Where the database is and, without --store, the objects"},
    {"store", "PLACE", CONFIG_TEXT, AT(server.store), 0, 0, NULL,
     "Where objects are: a folder, or s3://BUCKET/PREFIX (default: objects/ in --data)"},
    {"host", "NAMES", CONFIG_TEXT, AT(server.hosts), 0, 0, NULL,
     "Host names that the server goes by, beside localhost and addresses; commas between"},
    {"web", "DIR", CONFIG_TEXT, AT(server.web_dir), 0, 0, NULL,
     "Files of a page to serve at /, or none (default: the page that comes with the program)"},
    {"tls-cert", "FILE", CONFIG_TEXT, AT(server.tls_cert), 0, 0, NULL,
     "Certificate chain (PEM); with --tls-key: speak HTTPS"},
    {"tls-key", "FILE", CONFIG_TEXT, AT(server.tls_key), 0, 0, NULL,
     "Key of the certificate (PEM)"},
    {"model-dir", "DIR", CONFIG_TEXT, AT(model_dir), 0, 0, NULL, "Where the networks are"},
    {"worker-program", "FILE", CONFIG_TEXT, AT(worker_program), 0, 0, NULL,
     "Program started as `FILE worker` for each job (default: this one)"},
    {"threads", "N", CONFIG_COUNT, AT(threads), 0, 1024, "0",
     "Processors of one worker; 0 shares them out"},
    {"workers", "N", CONFIG_COUNT, AT(workers), 1, 10000, "1", "Jobs that run at once"},
    {"workers-per-user", "N", CONFIG_COUNT, AT(workers_per_user), 0, 10000, "0",
     "Of them, jobs of one user; 0: all"},
    {"max-jobs", "N", CONFIG_COUNT, AT(jobs), 1, MANY, "10000",
     "Jobs that wait or run, of all users"},
    {"max-jobs-per-user", "N", CONFIG_COUNT, AT(jobs_per_user), 1, MANY, "100",
     "Jobs that wait or run, of one user"},
    {"keep-jobs", "DAYS", CONFIG_COUNT, AT(keep_days), 0, 36500, "365",
     "How long a job that has ended is remembered, never mind its output; 0: for good"},
    {"keep-count", "N", CONFIG_COUNT, AT(keep_count), 0, 1000 * MANY, "100000",
     "How many jobs that have ended are remembered at most, the newest; 0: all"},
    {"attempts", "N", CONFIG_COUNT, AT(attempts), 1, 100, "3",
     "How often a job is tried when an error may pass"},
    {"worker-memory", "BYTES", CONFIG_BYTES, AT(worker_memory_bytes), 0, BYTES_MAX, "0",
     "Address space of a worker; 0: no limit"},
    {"worker-files", "N", CONFIG_COUNT, AT(worker_files), 0, MANY, "0",
     "Files that a worker may have open; 0: no limit"},
    {"worker-cpu", "SECONDS", CONFIG_COUNT, AT(worker_cpu_s), 0, 100 * WEEK_S, "0",
     "Processor time of a worker; 0: no limit"},
    {"worker-nice", "N", CONFIG_COUNT, AT(worker_nice), 0, 19, "5",
     "How far workers stand back for a processor, so that the server answers at once; 0: not"},
    {"worker-silence", "SECONDS", CONFIG_COUNT, AT(worker_silence_s), 1, WEEK_S, "10",
     "Without a word from a worker until nobody can say how it is"},
    {"worker-stopped", "SECONDS", CONFIG_COUNT, AT(worker_stopped_s), 1, WEEK_S, "60",
     "How long a worker may stand still that somebody has stopped, until it is killed"},
    {"worker-lost", "SECONDS", CONFIG_COUNT, AT(worker_lost_s), 1, WEEK_S, "3600",
     "Without a word from a worker until it is given up and killed"},
    {"traces", "DIR", CONFIG_TEXT, AT(traces), 0, 0, NULL,
     "Record a trace of each job that ends, for `headway score DIR` (default: none)"},
    {"traces-size", "BYTES", CONFIG_BYTES, AT(trace_bytes), 1 << 20, BYTES_MAX, "64M",
     "One file of traces; there are two, the older makes room"},
    {"max-connections", "N", CONFIG_COUNT, AT(server.connections), 1, 60000, "4096",
     "Connections open at once"},
    {"max-connections-per-address", "N", CONFIG_COUNT, AT(server.connections_per_address), 1, 60000,
     "2048", "Of them, from one address"},
    {"max-half-open", "N", CONFIG_COUNT, AT(server.half_open), 1, 60000, "512",
     "Of them, that have not said their request yet; the oldest makes room"},
    {"max-header", "BYTES", CONFIG_BYTES, AT(server.header_bytes), 1024, 60000, "16k",
     "Head of one request"},
    {"max-object", "BYTES", CONFIG_BYTES, AT(server.object_bytes), 1, BYTES_MAX, "100G",
     "One object that is uploaded"},
    {"max-uploads", "N", CONFIG_COUNT, AT(server.uploads), 1, 10000, "16",
     "Uploads that run at once, of all users"},
    {"max-viewers", "N", CONFIG_COUNT, AT(server.viewers), 1, 60000, "4096",
     "Viewers that watch at once"},
    {"max-viewers-per-user", "N", CONFIG_COUNT, AT(server.viewers_per_user), 1, 60000, "2048",
     "Of them, of one user's jobs"},
    {"max-viewers-per-job", "N", CONFIG_COUNT, AT(server.viewers_per_job), 1, 60000, "1024",
     "Of them, of one job"},
    {"header-timeout", "SECONDS", CONFIG_COUNT, AT(server.header_s), 1, 3600, "10",
     "Until the head of a request must be there; a body may take longer, at 1 kB a second or more"},
    {"idle-timeout", "SECONDS", CONFIG_COUNT, AT(server.idle_s), 1, WEEK_S, "60",
     "How long a client may take none of its answer"},
    {"ping-interval", "SECONDS", CONFIG_COUNT, AT(server.ping_s), 1, 3600, "20",
     "Between pings of a viewer; one that answers none of two is dropped"},
    {"stop-wait", "SECONDS", CONFIG_COUNT, AT(server.stop_wait_s), 0, WEEK_S, "0",
     "How long a server that is to stop waits for the jobs that run; the next one adopts the rest"},
    {"tick", "MS", CONFIG_COUNT, AT(server.tick_ms), 10, 10000, "50",
     "Between two messages to one viewer"},
};
enum { OWN_ROWS = sizeof(own_rows) / sizeof(own_rows[0]) };
_Static_assert((int)OWN_ROWS + (int)STORAGE_SETTING_COUNT <= (int)CONFIG_MAX_ROWS, "room for all");

size_t serve_option_rows(struct config_row rows[static CONFIG_MAX_ROWS])
{
    size_t count = OWN_ROWS;
    memcpy(rows, own_rows, sizeof(own_rows));
    for (int i = 0; i < STORAGE_SETTING_COUNT; i++) {
        const struct storage_setting *setting = storage_setting((enum storage_setting_id)i);
        if (!setting->flag) // a secret, which has no place in a list of processes
            continue;
        rows[count++] = (struct config_row){
            .name = setting->flag,
            .argument = setting->argument,
            .kind = CONFIG_TEXT,
            .offset = AT(store) + (size_t)i * sizeof(const char *),
            .help = setting->help,
        };
    }
    return count;
}

void serve_export_store(const struct serve_settings *settings)
{
    for (int i = 0; i < STORAGE_SETTING_COUNT; i++) {
        const char *variable = storage_setting((enum storage_setting_id)i)->variable;
        if (settings->store[i])
            (void)setenv(variable, settings->store[i], 1);
    }
}

void serve_supervisor_options(const struct serve_settings *settings, struct supervisor_options *ret)
{
    const struct serve_settings *s = settings;
    *ret = (struct supervisor_options){
        .data_dir = s->server.data_dir,
        .program = s->worker_program,
        .model_dir = s->model_dir,
        .threads = (int)s->threads,
        .workers = (uint32_t)s->workers,
        .workers_per_user = (uint32_t)s->workers_per_user,
        .queue_per_user = (uint32_t)s->jobs_per_user,
        .queue_limit = (uint32_t)s->jobs,
        .retry = {.max_attempts = (uint32_t)s->attempts},
        .limits = {.memory_bytes = (uint64_t)s->worker_memory_bytes,
                   .files = (uint32_t)s->worker_files,
                   .cpu_s = (uint32_t)s->worker_cpu_s,
                   .nice = (int)s->worker_nice},
        .silence_ms = s->worker_silence_s * 1000,
        .stopped_ms = s->worker_stopped_s * 1000,
        .lost_ms = s->worker_lost_s * 1000,
        .keep_ms = s->keep_days * DAY_MS,
        .keep_count = s->keep_count,
    };
}
